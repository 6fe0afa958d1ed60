# Runs in a guest: starts `kps run /leaving.kps` again and again and ends it in all kinds of ways at
# random moments. Then nothing of the run may be left, and the probe and instance that were there
# before must be as they were. Prints what was wrong.
#
#   perl killed_runs.pl BACKEND SEED MOMENTS

my ($backend, $seed, $moments) = @ARGV;
srand($seed);
my $tracing = '/sys/kernel/tracing';
my $patience = 30;    # seconds, for what happens at once on a machine that is not overloaded
my $wrong = 0;

# `sweep`: kps and the processes that watch over it are killed together, so that nobody is left to
# clean up but the next kps.
my @ways = ('KILL', 'TERM', 'sweep', 'INT', 'KILL', 'HUP', 'SEGV', 'sweep', 'QUIT', 'ABRT');

sub text_of {
    my ($path) = @_;
    open(my $file, '<', $path) or return '';
    local $/;
    my $text = <$file>;
    return defined $text ? $text : '';
}

sub put {
    my ($path, $text) = @_;
    open(my $file, '>>', $path) or die "$path: $!";
    syswrite($file, $text) or die "$path: $!";
}

sub entries {
    my ($path) = @_;
    opendir(my $directory, $path) or return ();
    return grep { !/^\.\.?$/ } readdir $directory;
}

sub ours { return grep { /^kps_\d+_\d+_/ } @_ }

# PID => arguments of kps, of what watches over it (the same arguments) and of the workload.
sub processes {
    my %found;
    for my $pid (grep { /^\d+$/ } entries('/proc')) {
        my $arguments = text_of("/proc/$pid/cmdline");
        next unless $arguments =~ /\b471[12]\b|leaving\.kps/;
        $arguments =~ tr/\0/ /;
        $found{$pid} = $arguments;
    }
    return %found;
}

# KIND => command of bpf(2) that gives the next id of it; include/uapi/linux/bpf.h, v6.12
my %bpf_next = (program => 11, map => 12, BTF => 23, link => 31);

# "KIND ID" of all that is loaded into BPF.
sub bpf_objects {
    my @found;
    for my $kind (keys %bpf_next) {
        my $attributes = pack('L3', 0, 0, 0);    # start_id, next_id, open_flags
        while (syscall(321, $bpf_next{$kind}, $attributes, length $attributes) == 0) {
            my (undef, $id) = unpack('L2', $attributes);
            push @found, "$kind $id";
            $attributes = pack('L3', $id, 0, 0);
        }
    }
    return @found;
}

my %bpf_before = map { $_ => 1 } bpf_objects();
sub new_bpf_objects { return grep { !$bpf_before{$_} } bpf_objects() }

sub left {
    my @left = map { "instance $_" } ours(entries("$tracing/instances"));
    push @left, map { "probe $_" } text_of("$tracing/kprobe_events") =~ /:(kps_\d+_\d+_\S+)/g;
    push @left, map { "BPF $_" } new_bpf_objects();
    my %processes = processes();
    push @left, map { "process $_ ($processes{$_})" } keys %processes;
    return @left;
}

sub wrong {
    print "$_[0]\n";
    $wrong++;
}

sub nothing_left {
    my ($what) = @_;
    my $end = time + $patience;
    my @left;
    while (@left = left()) {
        last if time > $end;
        select(undef, undef, undef, 0.05);
    }
    wrong("$what: left: " . join('; ', @left)) if @left;
}

my $foreign = 'p:theirs/open do_sys_openat2';
put("$tracing/kprobe_events", "$foreign\n");
mkdir "$tracing/instances/kps_theirs" or die;
put("$tracing/instances/kps_theirs/events/theirs/open/enable", '1');

sub foreign_is_untouched {
    my ($what) = @_;
    text_of("$tracing/kprobe_events") =~ /^\Q$foreign\E$/m or wrong("$what: the foreign probe");
    text_of("$tracing/instances/kps_theirs/events/theirs/open/enable") =~ /^1/
        or wrong("$what: the foreign instance");
}

sub start {
    my ($log) = @_;
    my $pid = fork;
    return $pid if $pid;
    open(STDOUT, '>', $log);
    open(STDERR, '>&STDOUT');
    exec 'kps', 'run', '--backend', $backend, '/leaving.kps', @_[1 .. $#_];
}

# The run has made its instance, or loaded something.
sub is_probing {
    my ($pid) = @_;
    return new_bpf_objects() if $backend eq 'bpf';
    return grep { /^kps_${pid}_/ } entries("$tracing/instances");
}

# It has made an event that outlives it, also where BPF programs observe.
sub has_event {
    my ($pid) = @_;
    return text_of("$tracing/kprobe_events") =~ /:kps_${pid}_/;
}

# Waits until `$reached`, or else until it is probing; false if the run ended before.
sub await_probing {
    my ($pid, $reached) = @_;
    $reached ||= \&is_probing;
    until ($reached->($pid)) {
        return 0 if text_of("/proc/$pid/stat") =~ /\) Z /;
        select(undef, undef, undef, 0.01);
    }
    return 1;
}

sub kill_with_watchers {
    my ($pid) = @_;
    kill 'STOP', $pid;
    my @watchers = grep { text_of("/proc/$_/stat") =~ /\) \S $pid / }
        grep { /^\d+$/ } entries('/proc');
    kill 'KILL', @watchers, $pid;
    waitpid($pid, 0);
    # what has cast off its environment and lost its keeper cannot be known any more
    my %processes = processes();
    kill 'KILL', grep { $processes{$_} =~ /^\S*sleep 4712/ } keys %processes;
}

my %ended;
for my $moment (0 .. $moments - 1) {
    my $way = $ways[$moment % @ways];
    my $pid = start('/log');
    # the first sweeps have something to find, however slow the guest is
    my $certain = $way eq 'sweep' && $moment < @ways;
    my $early = !$certain && rand() < 0.2;
    $ended{'met probing'}++ if !$early && await_probing($pid, $certain && \&has_event);
    my $delay = $certain ? 0 : rand($early || $backend eq 'bpf' ? 2.5 : 1.2);
    select(undef, undef, undef, $delay);
    if ($way eq 'sweep') { kill_with_watchers($pid) } else { kill $way, $pid }
    waitpid($pid, 0) if $way ne 'sweep';
    my $what = sprintf('moment %d, %s %.3f s after %s (status %d)', $moment, $way, $delay,
        $early ? 'the start' : 'it probed', $?);
    $ended{$? & 127 ? 'killed' : 'exited'}++;
    if ($way eq 'sweep') {
        my $said = `kps probes clean 2>&1`;
        wrong("$what: clean: $said") if $?;
        $ended{swept}++ if $said =~ /removed/;
    }
    nothing_left($what);
    foreign_is_untouched($what);
}

# The next start sweeps too; two runs at once do not disturb each other.
my $dead = start('/log');
await_probing($dead);
select(undef, undef, undef, 0.1);
kill_with_watchers($dead);
my $first = start('/first');
my $second = start('/second', '--test', 'leaves processes');
await_probing($first);
my $said = `kps probes clean 2>&1`;
wrong("clean beside a run: $said") if $? || $said =~ /kps_${first}_|kps_${second}_/;
my $list = `kps probes`;
wrong("the list: $list") unless $list =~ m{^kprobe +theirs/open +do_sys_openat2 +foreign +enabled in kps_theirs}m;
for my $run ([$first, '/first'], [$second, '/second']) {
    waitpid($run->[0], 0);
    wrong("beside another run: $? " . text_of($run->[1])) if $?;
}
nothing_left('two at once');
foreign_is_untouched('two at once');

put("$tracing/instances/kps_theirs/events/theirs/open/enable", '0');
print join(', ', map { "$ended{$_} $_" } sort keys %ended), "\n";
print "$moments moments, $wrong wrong\n";
