#!/usr/bin/env bash
# Installs Chromium for `npm run test:console` and `npm run bench -- console`, from the distribution's
# packages, unless it is there. Needs root or sudo for the installation.
set -euo pipefail

if command -v chromium >/dev/null; then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo 'install_chromium: no apt-get here; install Chromium so that `chromium` is on the PATH' >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
# Where a distribution has Chromium under another name, this says so.
"${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null
chromium --version
