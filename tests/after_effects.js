// A stand-in for After Effects' objects: runs a script and prints what it made as JSON. Node only.
// It is as strict as the real ones: strange attributes, properties, blend modes and value shapes are errors.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const BLENDS = ("ADD ALPHA_ADD CLASSIC_COLOR_BURN CLASSIC_COLOR_DODGE CLASSIC_DIFFERENCE COLOR COLOR_BURN COLOR_DODGE " +
  "DANCING_DISSOLVE DARKEN DARKER_COLOR DIFFERENCE DISSOLVE DIVIDE EXCLUSION HARD_LIGHT HARD_MIX HUE LIGHTEN " +
  "LIGHTER_COLOR LINEAR_BURN LINEAR_DODGE LINEAR_LIGHT LUMINESCENT_PREMUL LUMINOSITY MULTIPLY NORMAL OVERLAY " +
  "PIN_LIGHT SATURATION SCREEN SILHOUETE_ALPHA SILHOUETTE_LUMA SOFT_LIGHT STENCIL_ALPHA STENCIL_LUMA SUBTRACT " +
  "VIVID_LIGHT").split(" ");

// no attribute may be set that the object was not made with, and none to undefined
function strict(target) {
  return new Proxy(target, {
    set(object, name, value) {
      if (!(name in object)) throw new Error(`there is no attribute ${String(name)}`);
      if (value === undefined) throw new Error(`${String(name)} is set to undefined`);
      object[name] = value;
      return true;
    },
  });
}

function names(words) {
  return Object.fromEntries(words.map((word) => [word, word]));
}

const record = { undo: [], alerts: [], folders: [], items: [], comps: [] };
const NO_VALUE = "NO_VALUE";
const SPATIAL = "ThreeD_SPATIAL"; // also of layers that are not 3D
const SHAPES = {
  "ADBE Anchor Point": [2, SPATIAL], "ADBE Position": [2, SPATIAL], "ADBE Scale": [2, "TwoD"],
  "ADBE Rotate Z": [1, "OneD"], "ADBE Opacity": [1, "OneD"],
};

function property(name) {
  const [numbers, type] = SHAPES[name];
  const kept = { times: [], values: [], straight: [] };
  function checked(value) {
    const found = Array.isArray(value) ? value.length : 1;
    if (found !== numbers || [value].flat().some((number) => !Number.isFinite(number))) {
      throw new Error(`${name} does not take ${JSON.stringify(value)}`);
    }
    return value;
  }
  return {
    kept,
    propertyValueType: type,
    get numKeys() { return kept.times.length > 1 ? kept.times.length : 0; },
    setValue(value) { kept.times = [0]; kept.values = [checked(value)]; },
    setValuesAtTimes(times, values) {
      if (times.length !== values.length) throw new Error("times and values differ in length");
      kept.times = times;
      kept.values = values.map(checked);
    },
    setInterpolationTypeAtKey(key, before, after) {
      if (before !== "LINEAR" || after !== "LINEAR") throw new Error("not linear");
      kept.straight.push(key);
    },
    setSpatialAutoBezierAtKey(key, on) { if (type !== SPATIAL) throw new Error("not spatial"); },
    setSpatialContinuousAtKey(key, on) { if (type !== SPATIAL) throw new Error("not spatial"); },
    setSpatialTangentsAtKey(key, before, after) {
      if (before.length !== 3 || after.length !== 3) throw new Error("a spatial tangent has three numbers");
    },
  };
}

function layer(comp, kind, item) {
  const transform = Object.fromEntries(Object.keys(SHAPES).map((name) => [name, property(name)]));
  const made = strict({
    kind, item, transform, name: "", comment: "", startTime: NO_VALUE, inPoint: 0, outPoint: comp.duration,
    blendingMode: "NORMAL", parent: null, guideLayer: false, enabled: true,
    property(name) {
      if (name !== "ADBE Transform Group") throw new Error(`no property group ${name}`);
      return { property(inner) { if (!(inner in transform)) throw new Error(`no ${inner}`); return transform[inner]; } };
    },
  });
  comp.stack.unshift(made); // a new layer is the topmost
  return made;
}

function composition(name, width, height, aspect, duration, frameRate) {
  if (aspect !== 1 || width < 4 || height < 4 || frameRate < 1 || frameRate > 99) throw new Error("no such composition");
  const comp = { name, width, height, duration, frameRate, comment: "", parentFolder: null, bgColor: [0, 0, 0], stack: [] };
  comp.layers = {
    add: (item) => layer(comp, "footage", item),
    addSolid: (color, name) => Object.assign(layer(comp, "solid", { color }), { name }),
    addNull: () => layer(comp, "null", null),
  };
  comp.openInViewer = () => {};
  record.comps.push(comp);
  return strict(comp);
}

class File {
  constructor(name) { this.fsName = path.resolve(decodeURI(name)); }
  get absoluteURI() { return encodeURI(this.fsName); }
  get exists() { return fs.existsSync(this.fsName); }
  get parent() { return new File(encodeURI(path.dirname(this.fsName))); }
}

class ImportOptions {
  constructor(file) { Object.assign(this, { file, importAs: NO_VALUE, sequence: false, forceAlphabetical: false }); return strict(this); }
}

function imported(options) {
  const file = options.file.fsName, still = file.endsWith(".png") && !options.sequence;
  if (fs.statSync(file).size === 0) throw new Error("the file is damaged");
  if (options.importAs !== "FOOTAGE") throw new Error("import what?");
  const source = { hasAlpha: !file.endsWith(".mp4"), isStill: still, alphaMode: NO_VALUE, premulColor: NO_VALUE, conformFrameRate: 0 };
  const item = { file, sequence: options.sequence, parentFolder: null, comment: "", mainSource: strict(source), source };
  record.items.push(item);
  return strict(item);
}

const context = {
  $: { fileName: encodeURI(path.resolve(process.argv[2])) },
  File, ImportOptions,
  alert: (text) => record.alerts.push(text),
  AlphaMode: names(["STRAIGHT", "PREMULTIPLIED", "IGNORE"]),
  BlendingMode: names(BLENDS),
  ImportAsType: names(["FOOTAGE", "COMP", "PROJECT"]),
  KeyframeInterpolationType: names(["LINEAR", "BEZIER", "HOLD"]),
  PropertyValueType: names(["OneD", "TwoD", "TwoD_SPATIAL", "ThreeD", "ThreeD_SPATIAL"]),
  app: {
    project: {
      items: {
        addFolder(name) { record.folders.push(name); return { folder: name }; },
        addComp: composition,
      },
      importFile: imported,
    },
    beginUndoGroup: (name) => record.undo.push(`begin ${name}`),
    endUndoGroup: () => record.undo.push("end"),
  },
};

vm.runInNewContext(fs.readFileSync(process.argv[2], "utf8"), context);

function told(layer, stack) {
  const transform = Object.fromEntries(Object.entries(layer.transform).map(([name, { kept }]) => [name, kept]));
  const { kind, name, comment, startTime, inPoint, outPoint, blendingMode, guideLayer, enabled } = layer;
  return {
    kind, name, comment, startTime, inPoint, outPoint, blendingMode, guideLayer, enabled, transform,
    parent: layer.parent === null ? null : stack.indexOf(layer.parent),
    file: layer.item && layer.item.file, color: layer.item && layer.item.color, source: layer.item && layer.item.source,
    sequence: layer.item && layer.item.sequence, comp: layer.item && layer.item.stack ? layer.item.name : null,
  };
}

const comps = record.comps.map((comp) => ({ ...comp, parentFolder: comp.parentFolder.folder, stack: comp.stack.map((each) => told(each, comp.stack)) }));
const items = record.items.map((item) => ({ ...item, parentFolder: item.parentFolder.folder }));
console.log(JSON.stringify({ ...record, comps, items }));
