#!/usr/bin/env bash
# Runs each fuzzer of tests/fuzz for FUZZ_SECONDS (60 where nothing is said) and tells what it found:
#   tests/setup/fuzz.sh [TARGET…]
# What the fuzzers learn stays in target/fuzz and is where the next run begins; an input that broke something stays in
# target/fuzz/found and belongs, once understood, into tests/fixtures/fuzz, where a test reads it again.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${FUZZ_SECONDS:-60}
home=${CARGO_TARGET_DIR:-target}/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(stream inbound payloads signin jingle)

# Coverage and the address sanitizer are not stable yet: this lets the stable compiler have them, for this build alone.
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares -Zsanitizer=address -Ccodegen-units=1 --cfg fuzzing"
tests/setup/stage.sh "the fuzzers" cargo build --release --locked --target "$host" --target-dir "$home/build" \
  --manifest-path tests/fuzz/Cargo.toml

mkdir -p "$home/found"
failed=0
for target in "${targets[@]}"; do
  learnt=$home/corpus/$target log=$home/$target.log
  mkdir -p "$learnt"
  echo "==> $target, for $seconds s"
  code=0
  WAXWING_FUZZ=$target "$home/build/$host/release/fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
    -max_len=16384 -artifact_prefix="$home/found/$target-" -print_final_stats=1 "$learnt" \
    "tests/fixtures/fuzz/$target" >"$log" 2>&1 || code=$?
  if [ $code != 0 ]; then
    failed=1
    grep -aE "panicked|^assertion|left:|right:|ERROR|Test unit written|SUMMARY" "$log" | head -20 || tail -20 "$log"
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
  edges=$(grep -aoE 'cov: [0-9]+' "$log" | tail -1 | cut -d' ' -f2 || true)
  echo "    $target: ${runs:-?} inputs (${rate:-?} a second), ${edges:-?} edges, $(find "$learnt" -type f | wc -l) kept," \
    "${memory:-?} MB at most, $([ $code = 0 ] && echo 'nothing found' || echo "FOUND: $home/found, $log")"
done
exit $failed
