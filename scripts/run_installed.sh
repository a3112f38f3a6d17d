#!/bin/sh
# Installed as lib/sinew/<process>: runs that process of share/sinew in the sourced ROS 2.
set -e
name=$(basename "$0")
root=$(cd "$(dirname "$0")/../../share/sinew" && pwd)
eval "$(node "$root/scripts/ros_env.mjs")"
[ "$name" = sinew ] && name=main
exec node "$root/dist/app/$name.js" "$@"
