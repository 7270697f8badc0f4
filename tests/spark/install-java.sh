#!/bin/sh
# Java from the system's own packages, where this may be done without asking; else says what to type.
set -eu
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null && command -v apt-get >/dev/null; then
  sudo apt-get update -qq && sudo apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless
else
  echo "the Spark tests need Java 17 or later: install it, or set JAVA_HOME" >&2
  exit 1
fi
