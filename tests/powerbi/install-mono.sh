#!/bin/sh
# mono and its compiler from the system's own packages, where this may be done without asking; else says what to type.
set -eu
packages="mono-runtime mono-mcs libmono-cil-dev"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null && command -v apt-get >/dev/null; then
  sudo apt-get update -qq && sudo apt-get install -y -qq --no-install-recommends $packages
else
  echo "the tests of Power BI need mono: install $packages" >&2
  exit 1
fi
