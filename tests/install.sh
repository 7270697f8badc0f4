#!/bin/sh
# Packages of the system's own, where this may be done without asking; else says what to type.
# sh tests/install.sh "the Spark tests need Java" openjdk-17-jre-headless
set -eu
need=$1
shift
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null && command -v apt-get >/dev/null; then
  sudo apt-get update -qq && sudo apt-get install -y -qq --no-install-recommends "$@"
else
  echo "$need" >&2
  exit 1
fi
