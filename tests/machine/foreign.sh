# The workload of foreign.kps: only it uses these names, and it leaves none of them.
d=/tmp/kps-foreign
mkdir $d
ln -s /bin/busybox $d/true
for i in 1 2 3; do echo "line $i" >> $d/log; done
cat $d/log $d/none 2> /dev/null
dd if=/dev/zero of=$d/data bs=100 count=120 2> /dev/null
$d/true && $d/true
sleep 0.2
: > $d/first
: > $d/second
sleep 0.3
: > $d/last
rm -r $d
