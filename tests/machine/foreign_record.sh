# Records the workload foreign.sh in the machine, with the probes as `kps compile` writes them
# (/probes.sh), by each tool as a user would call it.
cd /sys/kernel/tracing
kps_define() { printf '%s\n' "$2" >> /sys/kernel/tracing/$1; }
eval "$(grep '^kps_define [kd]' /probes.sh)"
set -e
echo 4096 > buffer_size_kb # it may be 8 KiB until something was recorded
events="-b 4096 -e kps -e sched:sched_process_exec"
trace-cmd record -q -C mono $events -o /seven.dat sh /foreign.sh
trace-cmd record -q -C mono $events --compression none -o /plain.dat sh /foreign.sh
trace-cmd record -q -C mono $events --file-version 6 -o /six.dat sh /foreign.sh
trace-cmd report /seven.dat > /report.txt
perf record -q -a -k mono -e 'kps:*' -e sched:sched_process_exec -o /perf.data sh /foreign.sh
perf script -i /perf.data > /perf.txt

echo mono > trace_clock
echo > trace
echo 1 > events/sched/sched_process_exec/enable
echo 1 > events/kps/enable
sh /foreign.sh
echo 0 > events/enable
cat trace > /trace.txt
echo > trace

cat trace_pipe > /trace_pipe.txt & reader=$!
echo 1 > events/sched/sched_process_exec/enable
echo 1 > events/kps/enable
sh /foreign.sh
echo 0 > events/enable
sleep 1
kill $reader
echo recorded
