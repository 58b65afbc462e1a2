#!/bin/sh
# A study through a real SLURM of one node on this machine: an array of jobs, one of them killed; and a run of two tasks.
# Needs root, a Debian or Ubuntu (apt-get), and the package with its extra `slurm` in the Python that is given.
# Usage: tests/slurm/run.sh PYTHON
set -u

python=$(realpath -s "$1")
here=$(CDPATH= cd "$(dirname "$0")" && pwd)

fail() {
    echo "test-slurm: $*" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || fail "needs root, to install SLURM and to start its daemons"
if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v munged >/dev/null; then
    command -v apt-get >/dev/null || fail "SLURM is not installed, and there is no apt-get to install it with"
    apt-get update -qq || fail "apt-get update failed: SLURM cannot be installed here"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge ||
        fail "slurm-wlm and munge cannot be installed here"
fi

work=$(mktemp -d)
chmod 755 "$work"
pids=""
stop() {
    # Only what was started here, by number.
    for file in "$work"/*.pid; do
        [ -f "$file" ] && kill "$(cat "$file")" 2>/dev/null
    done
    sleep 1
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP

mkdir -p "$work/state" "$work/spool" "$work/munge" "$work/bin"
chmod 700 "$work/munge"
head -c 1024 /dev/urandom >"$work/munge/key"
chmod 400 "$work/munge/key"
munged --force --socket="$work/munge.socket" --key-file="$work/munge/key" --pid-file="$work/munged.pid" \
    --log-file="$work/munge/log" --seed-file="$work/munge/seed" || fail "munged did not start"

cat >"$work/slurm.conf" <<EOF
ClusterName=one
SlurmctldHost=$(hostname)(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmctldPort=26817
SlurmdPort=26818
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
KillWait=2
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$(hostname) Default=YES MaxTime=INFINITE State=UP
EOF
export SLURM_CONF="$work/slurm.conf"

# Without accounting there is nobody to ask about jobs that have ended, and submitit would wait for a dead one for ever.
cat >"$work/bin/sacct" <<'EOF'
#!/bin/sh
echo "JobID|State|NodeList"
scontrol --oneliner show job | sed -n \
    -e 's/^JobId=[0-9]* ArrayJobId=\([0-9]*\) ArrayTaskId=\([0-9]*\) .* JobState=\([A-Z_]*\).*/\1_\2|\3|/p;t' \
    -e 's/^JobId=\([0-9]*\) .* JobState=\([A-Z_]*\).*/\1|\2|/p'
EOF
chmod 755 "$work/bin/sacct"
export PATH="$work/bin:$PATH"

slurmctld -c || fail "slurmctld did not start"
slurmd || fail "slurmd did not start"
tries=0
until sinfo -h -o %t 2>/dev/null | grep -q idle; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || {
        tail -5 "$work/slurmctld.log" "$work/slurmd.log" >&2
        fail "the node is not ready"
    }
    sleep 1
done
echo "a cluster of one node is up: SLURM $(sinfo --version | cut -d' ' -f2)"

"$python" "$here/study_on_slurm.py" "$work"
