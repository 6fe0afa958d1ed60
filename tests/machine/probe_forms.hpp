#pragma once

#include <string>
#include <vector>

/// The grammar of the kernel's probe files, form by form: what tracefs takes
/// (Documentation/trace/kprobetrace.rst and the kernel's own tests in
/// tools/testing/selftests/ftrace/test.d, v6.12) and what it refuses.
namespace kps::machine {

/// Something that the kernel takes, and how a spec says the same.
struct Form {
    std::string what;
    std::string file;    ///< of tracefs
    std::string command; ///< `{SYMBOL}` is its address; several are parted by ` ;; `
    std::string probes;  ///< of a spec; begins with `-` if there is no need for the form: why
    std::string expects; ///< that the value read is the right one
    std::string run = "head -c 1 /proc/uptime";
};

/// Something that the kernel refuses, and the nearest that a spec can say.
struct Mistake {
    std::string what; ///< the name in the kernel's list of errors (kernel/trace/trace_probe.h)
    std::string file;
    std::string command;
    std::string probes; ///< begins with `-` if a spec cannot say it: why; with `+` if it can, and
                        ///< kps makes something of it that the kernel takes
    std::string expects = "expect some p";
};

inline std::vector<Form> accepted_forms() {
    const std::string k = "kprobe_events", d = "dynamic_events", u = "uprobe_events";
    const std::string libc = "/lib/x86_64-linux-gnu/libc.so.6";
    const std::string reads = "probe p on entry vfs_read { ";
    return {
        // ------------------------------------------------------------ places
        {"entry of a function", k, "p:g/e vfs_read", "probe p on entry vfs_read", "expect some p"},
        {"without a group", k, "p vfs_read", "- each run has a group of its own", ""},
        {"offset from its start", k, "p:g/e vfs_read+9", "probe p on at vfs_read+9",
         "expect some p"},
        {"return", k, "r:g/e vfs_read", "probe p on return vfs_read { retval }",
         "expect some p where retval > 0"},
        {"return, calls followed at most", k, "r20:g/e vfs_read",
         "probe p on return vfs_read maxactive 20 { retval }", "expect some p where retval > 0"},
        {"return, in the other spelling", k, "p:g/e vfs_read%return",
         "probe p on return vfs_read { retval }", "expect some p where retval > 0"},
        {"function of a module that is not loaded", k, "p:g/e dummy:dummy_setup",
         "probe p on entry dummy:dummy_setup\nprobe q on entry vfs_read",
         "expect no p\nexpect some q"},
        {"one of several functions of a name", k, "p:g/e _text+{m_stop}-{_text}",
         "probe p on entry any of \"m_stop\"\nprobe q on entry seq_read_iter",
         "expect some p\nexpect some q", "cat /proc/self/mounts"},
        {"address", k, "p:g/e 0x{vfs_read}",
         "- an address is of one boot; a name, or `any of`, is of all", ""},
        {"several functions", k, "p:g/e vfs_read ;; p:g/e vfs_write",
         "probe p on entry all of vfs_read, vfs_write",
         "expect some p where func == \"vfs_read\"\nexpect some p where func == \"vfs_write\""},
        {"removal", k, "p:g/e vfs_read ;; -:g/e", "- every run removes what it made", ""},
        {"function, through fprobe", d, "f:g/e vfs_read", "probe p on entry vfs_read",
         "expect some p"},
        {"return of a function, through fprobe", d, "f:g/e vfs_read%return",
         "probe p on return vfs_read { retval }", "expect some p where retval > 0"},
        {"event", d, "e:g/e sched.sched_process_exec pid=$pid:s32",
         "probe p on tracepoint sched:sched_process_exec { id = pid }",
         "expect some p\nexpect every p: id == tid"},
        {"what a field of an event points to", d,
         "e:g/e syscalls.sys_enter_openat f=+0($filename):ustring",
         "probe p on tracepoint syscalls:sys_enter_openat { f : ustring = filename }",
         "expect some p where f == \"/proc/uptime\""},
        {"event, if", d, "e:g/e sched.sched_process_exec pid=$pid:s32 if pid > 1",
         "- `where` in the expectation", ""},
        {"raw tracepoint", d, "t:g/e sched_process_exec",
         "- `tracepoint` has its fields; `entry` the arguments of a function near it", ""},
        {"function of a program", u, "p:g/e /bin/busybox:0x4000 %di",
         "probe p on user \"" + libc + "\":setlocale { a : s32 = arg1  b : string = arg2 }",
         "expect some p where a == 6 && b == \"\"", "pathchk /etc"},
        {"return of a function of a program", u, "r:g/e /bin/busybox:0x4000 $retval",
         "probe p on user return \"" + libc + "\":bindtextdomain { a : string = retval }",
         "expect some p where a == \"/usr/share/locale\"", "pathchk /etc"},
        // ------------------------------------------------------------ what is read
        {"register", k, "p:g/e vfs_read %di", reads + "a = %di  b : u64 = file }",
         "expect every p: a == b"},
        {"argument", k, "p:g/e vfs_read $arg3", reads + "a = arg3  b = count }",
         "expect every p: a == b"},
        {"argument by name", k, "p:g/e vfs_read count", reads + "count  b : u64 = %dx }",
         "expect every p: count == b"},
        {"member of an argument", k, "p:g/e vfs_read file->f_mode", reads + "mode = file->f_mode }",
         "expect every p: mode & 1 != 0"},
        {"member of a member", k, "p:g/e vfs_read file->f_path.dentry->d_flags",
         reads + "a = file->f_path.dentry  b = file->f_path.dentry->d_parent }",
         "expect every p: a != 0 && b != 0"},
        {"all arguments", k, "p:g/e vfs_read $arg*", reads + "file buf count pos }",
         "expect every p: file != 0 && count > 0"},
        {"result", k, "r:g/e vfs_read $retval", "probe p on return vfs_read { retval }",
         "expect some p where retval > 0"},
        {"argument at the return", k, "r:g/e vfs_read count=$arg3",
         "call p on vfs_read { enter { count } exit { retval } }",
         "expect every p: count > 0 && retval >= 0"},
        {"variable", k, "p:g/e vfs_read @jiffies:u64", reads + "now : u64 = @jiffies }",
         "expect every p: now > 0xf0000000"},
        {"text of a variable", k, "p:g/e vfs_read @linux_proc_banner:string",
         reads + "text : string = @linux_proc_banner }",
         "expect every p: text == \"%s version %s (debian-kernel@lists.debian.org)\" || text != "
         "\"\""},
        {"behind a variable's start", k, "p:g/e vfs_read @linux_proc_banner+1:u8",
         reads + "letter : char = *((char *)&@linux_proc_banner + 1) }",
         "expect every p: letter == 's'"},
        {"before a variable's start", k, "p:g/e vfs_read @linux_proc_banner-8:x64",
         reads + "a : x64 = *((u64 *)&@linux_proc_banner - 1) b : x64 = @linux_proc_banner }",
         "expect every p: a != b"},
        {"memory by its address", k, "p:g/e vfs_read @0x{linux_proc_banner}:u8",
         "- an address is of one boot; a name is of all", ""},
        {"address of the stack", k, "p:g/e vfs_read $stack",
         reads + "sp = %sp  a = stack[0]  b : u64 = *(u64 *)%sp }", "expect every p: a == b"},
        {"word of the stack", k, "p:g/e vfs_read $stack2",
         reads + "a = stack[2]  b : u64 = ((u64 *)%sp)[2] }", "expect every p: a == b"},
        {"name of the task", k, "p:g/e vfs_read $comm", reads + "who = comm }",
         "expect every p: who == \"head\""},
        {"constant", k, "p:g/e vfs_read \\1", reads + "one : u32 = 1 }",
         "expect every p: one == 1"},
        {"constant text", k, "p:g/e vfs_read \\\"text\"", "- a constant needs no probe", ""},
        {"memory", k, "p:g/e vfs_read +0($arg1):u64",
         reads + "a : u64 = *(u64 *)arg1  b : u64 = *(u64 *)%di }", "expect every p: a == b"},
        {"memory before an address", k, "p:g/e vfs_read -8(+8($stack)):u64",
         "- computed from `+`: `p[-1]`", ""},
        {"memory behind several pointers", k, "p:g/e vfs_read +0(+0(+0($stack)))",
         reads + "a = file->f_path.dentry->d_sb->s_magic }", "expect every p: a == 0x9fa0"},
        {"user memory", k, "p:g/e vfs_write +u0($arg2):u8",
         "probe p on entry vfs_write { first : u8 = *user((u8 *)buf) }",
         "expect some p where first == 120", "printf x"},
        // ------------------------------------------------------------ types
        {"unsigned", k, "p:g/e vfs_read a=$arg3:u8 b=$arg3:u16 c=$arg3:u32 d=$arg3:u64",
         reads + "a : u8 = count  b : u16 = count  c : u32 = count  d : u64 = count }",
         "expect every p: a == (d & 0xff) && b == (d & 0xffff) && c == d"},
        {"signed", k, "p:g/e vfs_read a=$arg3:s8 b=$arg3:s16 c=$arg3:s32 d=$arg3:s64",
         reads + "a : s8 = -1  b : s16 = count  c : s32 = count  d : s64 = count }",
         "expect every p: a == -1 && c == d"},
        {"hexadecimal", k, "p:g/e vfs_read a=$arg3:x8 b=$arg3:x16 c=$arg3:x32 d=$arg3:x64",
         reads + "a : x8 = count  b : x16 = count  c : x32 = count  d : x64 = count }",
         "expect every p: a == (d & 0xff) && c == d"},
        {"character", k, "p:g/e vfs_read @linux_proc_banner:char",
         reads + "c : char = @linux_proc_banner }", "expect every p: c == '%'"},
        {"text", k, "p:g/e vfs_read +0(+0($arg1)):string",
         reads + "name : string = file->f_path.dentry->d_name.name }",
         "expect every p: name == \"uptime\""},
        {"text in user memory", k, "p:g/e do_sys_openat2 +0($arg2):ustring",
         "probe p on entry do_sys_openat2 { filename : ustring = filename }",
         "expect some p where filename == \"/proc/uptime\""},
        {"address as a name", k, "p:g/e vfs_read $stack0:symbol",
         reads + "caller : symbol = stack[0]  b = stack[0] }", "expect every p: caller == b"},
        {"address as a text of its name", k, "p:g/e vfs_read $stack0:symstr",
         "- `symbol` is shown by name", ""},
        {"name of a dentry", k, "p:g/e vfs_open +8($arg1):%pd",
         "probe p on entry vfs_open { name : string = path->dentry->d_name.name }",
         "expect some p where name == \"uptime\""},
        {"name of a file", k, "p:g/e vfs_read $arg1:%pD",
         reads + "name : string = file->f_path.dentry->d_name.name }",
         "expect every p: name == \"uptime\""},
        {"bits", k, "p:g/e vfs_read $arg3:b4@4/64",
         reads + "a : bits(4, 4) = count  b : u64 = count }", "expect every p: a == (b >> 4 & 15)"},
        {"array", k, "p:g/e vfs_read @linux_proc_banner:char[4]",
         reads + "a : u8[4] = @linux_proc_banner  b : u32 = @linux_proc_banner }",
         "expect every p: b == 0x76207325"},
        {"array of texts", k, "p:g/e vfs_read +0($arg2):string[1]",
         "- read each: `first : string = p[0]`", ""},
        {"one argument in two types", k, "p:g/e vfs_read a=$arg3:u8 b=$arg3:s64",
         reads + "a : u8 = count  b : s64 = count }", "expect every p: a == (b & 0xff)"},
    };
}

inline std::vector<Mistake> refused_forms() {
    const std::string k = "kprobe_events", d = "dynamic_events", u = "uprobe_events";
    const std::string reads = "probe p on entry vfs_read { ";
    const std::string long_name(70, 'n');
    std::string chain = "a = ((struct list_head *)%di)", fetch = "%di";
    for (int i = 0; i < 13; ++i) {
        chain += "->next";
        fetch = "+0(" + fetch + ")";
    }
    std::string many, many_fields;
    for (int i = 0; i < 130; ++i) {
        many += " %di";
        many_fields += "f" + std::to_string(i) + " : u64 = " + std::to_string(i) +
                       " + ((u64 *)%sp)[" + std::to_string(i) + "]\n";
    }
    return {
        // ------------------------------------------------------------ places
        {"MAXACT_NO_KPROBE", k, "p100:g/e vfs_read", "probe p on entry vfs_read maxactive 100"},
        {"BAD_MAXACT", k, "r1a111:g/e vfs_read", "probe p on return vfs_read maxactive 1a111"},
        {"MAXACT_TOO_BIG", k, "r100000:g/e vfs_read",
         "probe p on return vfs_read maxactive 100000"},
        {"BAD_PROBE_ADDR", k, "p:g/e non_exist_func", "probe p on entry non_exist_func"},
        {"BAD_PROBE_ADDR", k, "p:g/e hoge-fuga", "probe p on entry hoge-fuga"},
        {"BAD_PROBE_ADDR", k, "p:g/e hoge+1000-1000", "probe p on at hoge+1000-1000"},
        {"BAD_RETPROBE", k, "r:g/e vfs_read+10", "probe p on return vfs_read+10"},
        {"BAD_ADDR_SUFFIX", k, "p:g/e vfs_read%hoge", "probe p on entry vfs_read%hoge"},
        {"BAD_INSN_BNDRY", k, "p:g/e vfs_read+3", "probe p on at vfs_read+3"},
        {"offset behind the function", k, "p:g/e vfs_read+0x100000",
         "probe p on at vfs_read+0x100000"},
        {"NON_UNIQ_SYMBOL", k, "p:g/e m_stop", "probe p on entry m_stop"},
        {"FAIL_REG_PROBE (blacklist)", k, "p:g/e exc_page_fault",
         "probe p on entry exc_page_fault"},
        {"FAIL_REG_PROBE (notrace)", k, "p:g/e trace_clock_local",
         "probe p on entry trace_clock_local"},
        {"data", k, "p:g/e jiffies", "probe p on entry jiffies"},
        // ------------------------------------------------------------ names
        {"NO_GROUP_NAME", k, "p:/e vfs_read", "- each run has a group of its own"},
        {"GROUP_TOO_LONG", k, "p:" + long_name + "/e vfs_read",
         "- each run has a group of its own"},
        {"BAD_GROUP_NAME", k, "p:foo.1/e vfs_read", "- each run has a group of its own"},
        {"NO_EVENT_NAME", k, "p: vfs_read", "probe on entry vfs_read"},
        {"EVENT_TOO_LONG", k, "p:g/" + long_name + " vfs_read",
         "+probe " + long_name + " on entry vfs_read", "expect some " + long_name},
        {"BAD_EVENT_NAME", k, "p:g/bar.1 vfs_read", "probe bar.1 on entry vfs_read"},
        {"DIFF_PROBE_TYPE", k, "p:g/e vfs_read ;; r:g/e vfs_read",
         "probe p on entry vfs_read\nprobe p on return vfs_read"},
        {"DIFF_ARG_TYPE", k, "p:g/e vfs_read abcd=\\1 ;; p:g/e vfs_write abcd=\\1:u8",
         "probe p on return all of vfs_read, vfs_open { retval }"},
        {"SAME_PROBE", k, "p:g/e vfs_read ;; p:g/e vfs_read",
         "probe p on entry vfs_read\nprobe p on entry vfs_read"},
        {"ARG_NAME_TOO_LONG", k, "p:g/e vfs_read " + long_name + "=%di",
         "+" + reads + long_name + " = %di }"},
        {"NO_ARG_NAME", k, "p:g/e vfs_read =%di", reads + "= %di }"},
        {"BAD_ARG_NAME", k, "p:g/e vfs_read var.1=%di", reads + "var.1 = %di }"},
        {"USED_ARG_NAME", k, "p:g/e vfs_read a=%di a=%si", reads + "a = %di  a = %si }"},
        {"USED_ARG_NAME (reserved)", k, "p:g/e vfs_read common_type=%di",
         "+" + reads + "common_type = %di }"},
        {"NO_ARG_BODY", k, "p:g/e vfs_read a=", reads + "a = }"},
        // ------------------------------------------------------------ what is read
        {"RETVAL_ON_PROBE", k, "p:g/e vfs_read $retval", reads + "retval }"},
        {"NO_RETVAL", k, "r:g/e kfree $retval", "probe p on return kfree { retval }"},
        {"BAD_STACK_NUM", k, "p:g/e vfs_read $stack10000", reads + "a = stack[10000] }"},
        {"BAD_ARG_NUM", k, "p:g/e vfs_read $arg10000", reads + "a : u64 = arg10000 }"},
        {"NO_BTFARG", k, "p:g/e vfs_read hoge", reads + "hoge }"},
        {"NO_BTFARG (behind the last)", k, "p:g/e kfree $arg10",
         "probe p on entry kfree { a : u64 = arg10 }"},
        {"BAD_VAR", k, "p:g/e vfs_read $none_var", reads + "a = none_var }"},
        {"BAD_REG_NAME", k, "p:g/e vfs_read %none_reg", reads + "a = %none_reg }"},
        {"BAD_MEM_ADDR", k, "p:g/e vfs_read @12345678abcde", reads + "a : u64 = @12345678abcde }"},
        {"BAD_MEM_ADDR (no such symbol)", k, "p:g/e vfs_read @non_exist_symbol",
         reads + "a : u64 = @non_exist_symbol }"},
        {"FILE_ON_KPROBE", k, "p:g/e vfs_read @+10", reads + "a : u64 = @+10 }"},
        {"BAD_IMM", k, "p:g/e vfs_read a=\\x", reads + "a : u64 = 1x }"},
        {"IMMSTR_NO_CLOSE", k, "p:g/e vfs_read a=\\\"abcd", reads + "a = \"abcd }"},
        {"DEREF_NEED_BRACE", k, "p:g/e vfs_read +0@0)", reads + "a = *arg1) }"},
        {"BAD_DEREF_OFFS", k, "p:g/e vfs_read +0ab1(@0)", reads + "a = arg1[0ab1] }"},
        {"DEREF_OPEN_BRACE", k, "p:g/e vfs_read +0(+0(%di)", reads + "a = *(*(%di) }"},
        {"COMM_CANT_DEREF", k, "p:g/e vfs_read +0($comm)", reads + "a = *comm }"},
        {"BAD_FETCH_ARG", k, "p:g/e vfs_read &1", reads + "a = &1 }"},
        {"TOO_MANY_OPS", k, "p:g/e vfs_read " + fetch, reads + chain + " }"},
        {"ARG_TOO_LONG", k,
         "p:g/e vfs_read +1234567(+1234567(+1234567(+1234567(+1234567(+1234567(@1234))))))",
         reads + "a = ((struct task_struct *)%di)->real_parent->real_parent->real_parent"
                 "->real_parent->real_parent->real_parent->real_parent->real_parent"
                 "->real_parent->real_parent->pid }"},
        {"TOO_MANY_ARGS", k, "p:g/e vfs_read" + many, reads + many_fields + " }"},
        {"BAD_VAR_ARGS", k, "p:g/e vfs_read args=$arg*", "- name the parameters"},
        {"DOUBLE_ARGS", k, "p:g/e vfs_read $arg* $arg*", "- name the parameters"},
        {"NOFENTRY_ARGS", k, "p:g/e vfs_read+9 $arg1", "probe p on at vfs_read+9 { a = arg1 }"},
        {"NO_BTF_FIELD", k, "p:g/e vfs_read file->foo", reads + "a = file->foo }"},
        {"NO_PTR_STRCT", k, "r:g/e vfs_read $retval->foo",
         "probe p on return vfs_read { a = retval->foo }"},
        {"BAD_HYPHEN", k, "p:g/e vfs_read file-.foo", reads + "a = file-.foo }"},
        {"NO_EVENT_INFO, BAD_ATTACH_EVENT", d, "e:g/e sched.no_such_event",
         "probe p on tracepoint sched:no_such_event"},
        {"BAD_ATTACH_ARG", d, "e:g/e sched.sched_process_exec a=$no_such_field",
         "probe p on tracepoint sched:sched_process_exec { a = no_such_field }"},
        {"register at an event", d, "e:g/e sched.sched_process_exec a=%di",
         "probe p on tracepoint sched:sched_process_exec { a = %di }"},
        {"NO_TRACEPOINT", d, "t:g/e no_such_tracepoint", "- raw tracepoints are not needed"},
        {"FILE_NOT_FOUND", u, "p:g/e /no/such/file:0x10", "probe p on user \"/no/such/file\":main"},
        {"NO_REGULAR_FILE", u, "p:g/e /proc:0x10", "probe p on user \"/proc\":main"},
        {"BAD_UPROBE_OFFS", u, "p:g/e /bin/busybox:10a",
         "probe p on user \"/bin/ls\":no_such_function"},
        {"BAD_REFCNT", u, "p:g/e /bin/busybox:10(1a)", "- reference counters are not needed"},
        {"REFCNT_OPEN_BRACE", u, "p:g/e /bin/busybox:10(10", "- reference counters are not needed"},
        {"BAD_REFCNT_SUFFIX", u, "p:g/e /bin/busybox:10(10)a",
         "- reference counters are not needed"},
        {"SYM_ON_UPROBE", u, "p:g/e /bin/busybox:0x4000 @jiffies",
         "probe p on user \"/lib/x86_64-linux-gnu/libc.so.6\":malloc { a : u64 = @jiffies }"},
        {"BAD_FILE_OFFS", u, "p:g/e /bin/busybox:0x4000 @+ab",
         "- memory of a program is read through its pointers"},
        // ------------------------------------------------------------ types
        {"BAD_TYPE", k, "p:g/e vfs_read %di:unknown_type", reads + "a : unknown_type = %di }"},
        {"BAD_STRING", k, "p:g/e vfs_read $stack:string", "- a text is read behind a pointer"},
        {"BAD_TYPE4STR", k, "p:g/e vfs_read file:string", reads + "a : string = file }"},
        {"$comm is a text", k, "p:g/e vfs_read $comm:x64", reads + "a : x64 = comm }"},
        {"BAD_BITFIELD", k, "p:g/e vfs_read %di:b10@a/16", reads + "a : bits(a, 10) = %di }"},
        {"BAD_BITFIELD (too wide)", k, "p:g/e vfs_read %di:b65@0/64",
         reads + "a : bits(0, 65) = %di }"},
        {"ARRAY_NO_CLOSE", k, "p:g/e vfs_read +0(%sp):u8[10", reads + "a : u8[10 = @jiffies }"},
        {"BAD_ARRAY_SUFFIX", k, "p:g/e vfs_read +0(%sp):u8[10]a",
         reads + "a : u8[10]a = @jiffies }"},
        {"BAD_ARRAY_NUM", k, "p:g/e vfs_read +0(%sp):u8[10a]", reads + "a : u8[10a] = @jiffies }"},
        {"ARRAY_TOO_BIG", k, "p:g/e vfs_read +0(%sp):u8[256]",
         "+" + reads + "a : u8[256] = ((u8 *)%sp)[0] }"},
        {"EVENT_TOO_BIG", k,
         "p:g/e vfs_read" +
             [] {
                 std::string arrays;
                 for (int i = 0; i < 60; ++i)
                     arrays += " +0(%sp):u64[64]";
                 return arrays;
             }(),
         reads + "a : u8[4096] = ((u8 *)%sp)[0] }"},
    };
}

} // namespace kps::machine
