#!/bin/sh
# Draws the pictures of the dashboards in docs/dashboards/ from two simulated hosts and a real Prometheus: `make pictures`.
# Takes ten minutes, most of them waiting for the demo's incidents. Needs prometheus, node, npm, chromium, and the tool
# dashboard-check: $DASHBOARD_CHECK is its folder (../shared/tools/dashboard-check by default). It is copied, not written to.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
tool=${DASHBOARD_CHECK:-$here/../shared/tools/dashboard-check}
work=$here/target/pictures
minutes=${MINUTES:-8}
first=20424 second=20425 prometheus=29090

for program in prometheus node npm chromium; do
	command -v "$program" > /dev/null || { echo "pictures: $program is not installed" >&2; exit 1; }
done
[ -f "$tool/render.mjs" ] || { echo "pictures: no dashboard-check in $tool; set DASHBOARD_CHECK" >&2; exit 1; }

pids=
stop() { for pid in $pids; do kill "$pid" 2> /dev/null || true; done; }
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$work" "$here/docs/dashboards"
[ -d "$work/tool/node_modules" ] || {
	rm -rf "$work/tool"
	cp -R "$tool" "$work/tool"
	(cd "$work/tool" && npm ci --ignore-scripts --no-audit --no-fund)
}

rm -rf "$work/tsdb"
cat > "$work/prometheus.yml" << EOF
global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s}
rule_files: ['$here/dashboards/prometheus/rules.yml', '$here/dashboards/prometheus/alerts.yml']
scrape_configs:
- job_name: bhyvescope
  static_configs:
  - {targets: ['127.0.0.1:$first'], labels: {instance: alpha}}
  - {targets: ['127.0.0.1:$second'], labels: {instance: beta}}
EOF
for port in $first $second; do
	"$here/agent/bin/bhyvescope" demo --no-prometheus --web.listen-address=127.0.0.1:"$port" > "$work/$port.log" 2>&1 &
	pids="$pids $!"
	sleep 20 # their incidents do not fall together
done
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.listen-address=127.0.0.1:$prometheus \
	> "$work/prometheus.log" 2>&1 &
pids="$pids $!"

echo "Waiting $minutes minutes for the demo's incidents."
sleep $((minutes * 60))

shot() { # dashboard, picture, further options
	dashboard=$1 picture=$2
	shift 2
	node "$work/tool/render.mjs" "$here/dashboards/grafana/$dashboard.json" --prometheus http://127.0.0.1:$prometheus \
		--out "$here/docs/dashboards/$picture.png" --width 1400 --from now-5m --scrape-interval 2s "$@"
}
shot hosts hosts
shot vm vm --var instance=alpha --var vm=win-gpu
shot gpu gpu --var instance=alpha --var vm=win-gpu --var offset=3m
shot agent agent
shot gpu incident --var instance=alpha --var vm=win-gpu --panel 10 --no-header --width 1100
node "$here/dashboards/cut.mjs" "$here/docs/dashboards/incident.png" 604 # below it there is nothing
