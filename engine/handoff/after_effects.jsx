// An After Effects script (ES3), written by art. Run it with File > Scripts > Run Script File.
// It imports the files it lies beside into a folder of the open project and stacks them in a composition.
// Keep it where it is in its output folder: all paths start from this file.
(function () {
    var film = FILM;

    var here = new File($.fileName).parent;
    var missing = [];

    app.beginUndoGroup("Import " + film.name);
    try {
        build();
    } finally {
        app.endUndoGroup();
    }
    if (missing.length > 0) {
        alert(film.name + ": " + missing.length + " of the files cannot be imported:\n" + missing.join("\n"));
    }

    function build() {
        var i, folder, comp;
        if (!app.project) {
            app.newProject();
        }
        folder = app.project.items.addFolder(film.name);
        comp = app.project.items.addComp(film.name, film.size[0], film.size[1], 1, film.seconds, film.fps);
        comp.parentFolder = folder;
        comp.comment = film.note;
        addBackground(comp);
        for (i = 0; i < film.layers.length; i += 1) {
            addLayer(comp, folder, film.layers[i]);
        }
        comp.openInViewer();
    }

    function addBackground(comp) {
        var solid;
        if (film.background === null) {
            return;
        }
        comp.bgColor = film.background.color;
        solid = comp.layers.addSolid(film.background.color, "background", comp.width, comp.height, 1, comp.duration);
        animate(solid, film.background.transform);
    }

    // Layers come bottom to top, and a new layer is the topmost.
    function addLayer(comp, folder, told) {
        var item = told.parts ? composed(told, folder) : imported(told, folder), layer;
        if (item === null) {
            return;
        }
        layer = comp.layers.add(item);
        layer.name = told.name;
        layer.comment = told.note;
        layer.startTime = 0;
        layer.inPoint = told.shown[0];
        layer.outPoint = told.shown[1];
        layer.blendingMode = BlendingMode[told.blend];
        if (told.carrier !== null) {
            layer.parent = carrier(comp, told);
        }
        animate(layer, told.transform);
        if (told.reference) {
            layer.guideLayer = true;
            layer.enabled = false;
        }
    }

    // A layer in several parts is a composition of these.
    function composed(told, folder) {
        var i, inner = app.project.items.addComp(told.name, film.size[0], film.size[1], 1, film.seconds, film.fps);
        inner.parentFolder = folder;
        inner.comment = told.note;
        for (i = 0; i < told.parts.length; i += 1) {
            addLayer(inner, folder, told.parts[i]);
        }
        return inner;
    }

    // After Effects has no slant; a layer inside a stretched null gets one.
    function carrier(comp, told) {
        var empty = comp.layers.addNull(comp.duration);
        empty.name = told.name + " (slant)";
        empty.enabled = false;
        animate(empty, told.carrier);
        return empty;
    }

    function imported(told, folder) {
        var file = new File(here.absoluteURI + "/" + told.file), options, item;
        if (!file.exists) {
            missing.push(file.fsName + " (not there)");
            return null;
        }
        try {
            options = new ImportOptions(file);
            options.importAs = ImportAsType.FOOTAGE;
            options.sequence = told.sequence;
            item = app.project.importFile(options);
        } catch (error) {
            missing.push(file.fsName + " (" + error.toString() + ")");
            return null;
        }
        item.parentFolder = folder;
        item.comment = told.note;
        interpret(item.mainSource, told);
        return item;
    }

    function interpret(source, told) {
        if (source.hasAlpha) {
            source.alphaMode = AlphaMode[told.alpha];
            if (told.alpha === "PREMULTIPLIED") {
                source.premulColor = [0, 0, 0];
            }
        }
        if (!source.isStill) {
            source.conformFrameRate = film.fps;
        }
    }

    // `transform`: by match name, the times and values of each property; one value stands still.
    function animate(layer, transform) {
        var group = layer.property("ADBE Transform Group"), name, property, track;
        for (name in transform) {
            if (transform.hasOwnProperty(name)) {
                property = group.property(name);
                track = transform[name];
                if (track.times.length === 1) {
                    property.setValue(track.values[0]);
                } else {
                    property.setValuesAtTimes(track.times, track.values);
                    straighten(property);
                }
            }
        }
    }

    // Straight lines from key to key, in time and on the canvas.
    function straighten(property) {
        var key, rest = null;
        if (property.propertyValueType === PropertyValueType.TwoD_SPATIAL) {
            rest = [0, 0];
        } else if (property.propertyValueType === PropertyValueType.ThreeD_SPATIAL) {
            rest = [0, 0, 0];
        }
        for (key = 1; key <= property.numKeys; key += 1) {
            property.setInterpolationTypeAtKey(key, KeyframeInterpolationType.LINEAR, KeyframeInterpolationType.LINEAR);
            if (rest !== null) {
                property.setSpatialAutoBezierAtKey(key, false);
                property.setSpatialContinuousAtKey(key, false);
                property.setSpatialTangentsAtKey(key, rest, rest);
            }
        }
    }
}());
