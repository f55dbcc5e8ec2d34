#!/bin/sh
# Reinforcement learning by every reward, and the page of it: about 12 hours on 4 cores (worked out from 2.2 s a step).
#
#     sh bench/rl-lab.sh [FOLDER]
#
# Killed at any moment, the same line goes on where it stood, and FOLDER/rl/results.json tells of the runs that have ended, the most telling
# first. Rewards are those that bench/labs.sh trains in FOLDER/lab, if it has run there. docs/decisions/2026-11-22-rl-lab.md says what
# takes how long, and what was cut. Smaller:
#
#     ARMS=crm,prm-sum,vr TASKS=arithmetic SEEDS=1 STEPS=20 TUNING=5 PROBLEMS=30 TRAINING=100 sh bench/rl-lab.sh /tmp/try
set -eu
cd "$(dirname "$0")/.."
out=${1:-runs/benches}
models=${MODELS:-}

mkdir -p "$out"
status=0
# shellcheck disable=SC2086
node bin/assay.mjs bench rl ${ARMS:+--arms "$ARMS"} ${TASKS:+--task "$TASKS"} \
  --seeds "${SEEDS:-3}" --vr-seeds "${VR_SEEDS:-1}" --steps "${STEPS:-150}" --step-problems "${STEP_PROBLEMS:-32}" \
  --tuning-steps "${TUNING:-40}" --problems "${PROBLEMS:-500}" --training-problems "${TRAINING:-2500}" \
  $models --lab "$out/lab" --out "$out/rl" >"$out/rl.txt" || status=$?

# some runs may have failed: the page tells which
[ -f "$out/rl/results.json" ] && node bin/assay.mjs report "$out" --out "$out/report.html"
exit $status
