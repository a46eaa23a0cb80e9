# Two commands: `make demo` shows what art does, `make test` shows that it works. Both create the environment they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2

.PHONY: demo test lint types tests goldens examples pictures bench fidelity clean

demo: $(VENV)/.demo
	$(BIN)/art animate examples/poster/poster.psd --layout examples/poster/motion.yaml --output demo-out --force
	$(BIN)/art preview demo-out > /dev/null
	@echo "The result: demo-out/. Open demo-out/preview.html in a browser, or demo-out/composite.mp4"

test: lint types tests

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

tests: $(VENV)/.dev
	$(BIN)/pytest -n $(JOBS)

goldens: $(VENV)/.dev
	$(BIN)/pytest --record-goldens tests/test_goldens.py tests/test_styles.py

examples: $(VENV)/.dev
	$(BIN)/python examples/make.py

# the moving pictures of the README
pictures: $(VENV)/.demo
	for design in poster/poster.psd character ui-card/card.psd logo/logo.ora; do \
	  name=$${design%%/*}; layout=examples/$$name/motion.yaml; \
	  $(BIN)/art animate examples/$$design $$(test -f $$layout && echo --layout $$layout) --output build/$$name \
	    --format none --composite webp --size 420 --fps 20 --force --quiet && \
	  cp build/$$name/composite.webp docs/pictures/$$name.webp || exit 1; \
	done
	$(BIN)/art animate examples/poster/poster.psd --layout examples/poster/motion.yaml --output build/preview --format webm --force --quiet
	$(BIN)/art preview build/preview > /dev/null
	$(BIN)/python benchmarks/page_picture.py build/preview/preview.html docs/pictures/preview.png --frame 37 --layer "Balloon small"
	for style in calm playful punchy cinematic; do \
	  $(BIN)/art animate examples/poster/poster.psd --style $$style --duration 4s --output build/style-$$style \
	    --format none --composite webp --size 240 --fps 15 --force --quiet || exit 1; \
	done
	$(BIN)/python examples/side_by_side.py docs/pictures/styles.webp \
	  $(foreach style,calm playful punchy cinematic,build/style-$(style)/composite.webp)
	$(BIN)/art animate examples/ui-card/card.psd --layout examples/ui-card/motion.yaml --output build/handoff \
	  --handoff otio,jsx-keyframes --format png --force --quiet
	$(BIN)/python benchmarks/handoff.py build/handoff docs/pictures/handoff.png
	$(BIN)/art animate examples/ui-card/card.psd --layout examples/ui-card/motion.yaml --size 960 \
	  --output build/players --handoff lottie,html --format none --composite png --no-proxies --force --quiet
	$(BIN)/python benchmarks/handoff_players.py build/players docs/pictures/handoff-players.png 0.7 1.3
	$(BIN)/art inspect examples/poster/poster.psd --sheet docs/pictures/poster-layers.png > /dev/null
	$(BIN)/art animate examples/character --layout examples/character/motion.yaml --output build/sheet \
	  --format none --composite none --no-proxies --sheet --force --quiet
	cp build/sheet/sheet.png docs/pictures/character-sheet.png
	$(BIN)/art presets gallery --output docs/pictures/motions.webp --quiet
	COLUMNS=106 $(BIN)/art inspect examples/ui-card/card.psd --thumbs always | $(BIN)/python benchmarks/terminal_picture.py docs/pictures/terminal.png

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/export_floor.py

fidelity: $(VENV)/.dev
	$(BIN)/python benchmarks/fidelity.py

$(VENV)/.demo: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[psd-full]'
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) build dist *.egg-info demo-out
