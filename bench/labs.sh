#!/bin/sh
# Every comparison of rewards, one after the other, and the page of them all: about 12 h on 4 cores (partly worked out). Rewards are
# trained side by side, one a core.
#
#     sh bench/labs.sh [FOLDER]
#
# Killed at any moment, the same line goes on where it stood: samples, trained rewards and scores are found in FOLDER/lab, named by all that
# decides them, and what is there is only measured again. Results that stand as .json in FOLDER itself, say what
# `assay evaluate --json` printed, go onto the page, too. docs/decisions/2026-11-22-lab-schedule.md says what takes how long. Some of them, or smaller:
#
#     ONLY='best-of-n cross-sample' sh bench/labs.sh
#     PROBLEMS=30 HARDER=30 SEEDS=1 TRAINING=100 COUNTS=1,4,16 sh bench/labs.sh /tmp/try
set -eu
cd "$(dirname "$0")/.."
out=${1:-runs/benches}
models=${MODELS:-}
problems=${PROBLEMS:-1002}
solved='Find the value of (((((7 - 7) + 2) * 7) - 7) + 4) * 2.'

bench() {
  folder=$1
  shift
  case " ${ONLY:-$folder} " in *" $folder "*) ;; *) return ;; esac
  echo "== $folder" >&2
  # shellcheck disable=SC2086
  node bin/assay.mjs bench "$@" $models --lab "$out/lab" --out "$out/$folder" >"$out/$folder.txt"
}

mkdir -p "$out"
seeds="--seeds ${SEEDS:-3}"
trained="$seeds --training-problems ${TRAINING:-2500}"
all="--reward all $trained --problems $problems"
counts="--counts ${COUNTS:-1,2,4,8,16,32,64,128,256}"
few="--counts ${FEW:-1,4,16,64}"

# the crm that comes with assay, then rewards on equal terms
bench best-of-n-shipped best-of-n $seeds --problems "$problems" $counts --splits test
bench best-of-n-shipped-harder best-of-n $seeds --problems "${HARDER:-402}" $counts --splits harder
bench best-of-n best-of-n $all $counts --splits test
bench beam beam --reward crm,masked-prm,prm,pqm $trained --problems "$problems" --splits test
bench cross-sample cross-sample $all --splits test
bench labels labels $trained --problems "$problems" $few
bench transfer transfer $trained --problems "$problems" $few
bench strength strength $seeds --training-problems "${STRENGTH:-1000}" --problems "$problems" $few
bench pruned pruned --problems "${PRUNED:-300}" --counts "${PRUNED_COUNTS:-16,64,256}"
bench confidence confidence --problems "${CONFIDENCE:-1500}"
bench best-of-n-harder best-of-n --reward all $trained --problems "${HARDER:-402}" $counts --splits harder

# for the viewer of solutions
if [ ! -f "$out/solve.json" ]; then
  node bin/assay.mjs solve "$solved" --n 64 --json >"$out/solve.tmp"
  mv "$out/solve.tmp" "$out/solve.json"
fi

node bin/assay.mjs report "$out" "$out"/*.json --out "$out/report.html"
