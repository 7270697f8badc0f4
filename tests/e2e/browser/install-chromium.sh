#!/bin/sh
# Chromium from the system's own packages, where this may be done without asking; else says what to type.
set -eu
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-inter
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null && command -v apt-get >/dev/null; then
  sudo apt-get update -qq && sudo apt-get install -y -qq --no-install-recommends chromium fonts-inter
else
  echo "the browser tests need Chromium: install it, or set CHROMIUM=/path/to/chrome" >&2
  exit 1
fi
