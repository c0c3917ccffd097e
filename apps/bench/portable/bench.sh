#!/bin/sh
# The benchmarks of tx on a Linux x64 machine with nothing installed: ./bench.sh --help
# Without arguments: all of them, into the folder "results" here. Needs no network.
here=${0%/*}
[ "$here" = "$0" ] && here=.
here=$(CDPATH= cd -- "$here" && pwd) || exit 1
if [ $# -eq 0 ]; then
  set -- suite --out results
fi
exec "$here/bin/node" "$here/app/dist/main.mjs" "$@"
