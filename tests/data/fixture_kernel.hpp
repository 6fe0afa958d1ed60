#pragma once

#include "compiler/kernel/facts.hpp"
#include "tests/data/btf_builder.hpp"

/// A small x86-64 kernel for tests: functions as the real one has them (probeable ones, and one of
/// each kind that is not), the types they use, one module. Header only.
namespace kps::test {

class FixtureTypes {
public:
    using TypeId = kernel::TypeId;

    FixtureTypes() {
        file_types();
        socket_types();
        per_cpu_types();
        functions();
    }

    [[nodiscard]] const BtfBuilder& types() const { return types_; }

    /// Split BTF of the module `loop_back`, which has its own function and struct.
    [[nodiscard]] std::vector<std::byte> module_bytes() const {
        BtfBuilder split(types_);
        const TypeId device = split.structure(
            "lb_device", 16,
            {{"queue", u32_, 0}, {"state", u32_, 32}, {"owner", file_pointer_, 64}});
        const TypeId pointer = split.pointer(device);
        split.enum32("lb_state", {{"LB_IDLE", 0}, {"LB_BUSY", 1}});
        split.function("lb_submit", int_, {{"device", pointer}, {"length", size_t_}});
        return split.bytes();
    }

private:
    void per_cpu_types() {
        const TypeId queue =
            types_.structure("rq", 16, {{"nr_running", uint_, 0}, {"curr", task_, 64}});
        types_.variable("runqueues", queue);
        const TypeId counters =
            types_.structure("mount", 16, {{"mnt_pcp", types_.pointer(int_), 0}});
        types_.function("mnt_get_count", uint_, {{"mnt", types_.pointer(counters)}});
    }

    void file_types() {
        int_ = types_.integer("int", 4);
        uint_ = types_.integer("unsigned int", 4, BtfBuilder::is_unsigned);
        long_ = types_.integer("long int", 8);
        ulong_ = types_.integer("long unsigned int", 8, BtfBuilder::is_unsigned);
        char_ = types_.integer("char", 1, BtfBuilder::is_signed | BtfBuilder::is_char);
        uchar_ = types_.integer("unsigned char", 1, BtfBuilder::is_unsigned);
        ushort_ = types_.integer("short unsigned int", 2, BtfBuilder::is_unsigned);
        bool_ = types_.integer("_Bool", 1, BtfBuilder::is_bool);
        u32_ = types_.typedef_type("u32", uint_);
        u64_ = types_.typedef_type("u64", ulong_);
        size_t_ = types_.typedef_type("size_t", ulong_);
        ssize_t_ = types_.typedef_type("ssize_t", long_);
        loff_t_ = types_.typedef_type("loff_t", long_);
        text_ = types_.pointer(types_.const_type(char_));
        types_.enum32("migrate_mode", {{"MIGRATE_ASYNC", 0}, {"MIGRATE_SYNC", 2}});
        types_.enum32("pid_type", {{"PIDTYPE_PID", 0}, {"PIDTYPE_TGID", 1}, {"PIDTYPE_MAX", 4}});
        types_.enum32("first_color", {{"COLOR_RED", 1}, {"COLOR_ONLY_FIRST", 7}});
        types_.enum32("second_color", {{"COLOR_RED", 2}});
        const TypeId how = types_.structure(
            "open_how", 24, {{"flags", u64_, 0}, {"mode", u64_, 64}, {"resolve", u64_, 128}});
        how_ = types_.pointer(how);
        const TypeId name = types_.structure(
            "qstr", 16, {{"hash", u32_, 0}, {"len", u32_, 32}, {"name", text_, 64}});
        const TypeId dentry = types_.structure(
            "dentry", 32, {{"d_flags", u32_, 0}, {"d_name", name, 64}, {"d_lockref", int_, 192}});
        const TypeId path = types_.structure(
            "path", 16, {{"mnt", types_.pointer({0}), 0}, {"dentry", types_.pointer(dentry), 64}});
        const TypeId count =
            types_.union_type("", 8, {{"f_count", long_, 0}, {"f_rcu", ulong_, 0}});
        const TypeId file = types_.structure("file", 64,
                                             {{"", count, 0},
                                              {"f_mode", u32_, 64},
                                              {"f_flags", uint_, 96},
                                              {"f_path", path, 128},
                                              {"f_pos", loff_t_, 256},
                                              {"f_ra", types_.array(u32_, 4), 320}});
        file_pointer_ = types_.pointer(file);
    }

    void socket_types() {
        const TypeId addresses = types_.structure("sock_common", 16,
                                                  {{"skc_daddr", u32_, 0},
                                                   {"skc_dport", ushort_, 32},
                                                   {"skc_family", ushort_, 48},
                                                   {"skc_state", uchar_, 64},
                                                   {"skc_reuse", uchar_, 72, 4},
                                                   {"skc_ipv6only", uchar_, 77, 1}});
        types_.enum32("tcp_state", {{"TCP_ESTABLISHED", 1}, {"TCP_SYN_SENT", 2}, {"TCP_CLOSE", 7}});
        const TypeId address6 =
            types_.structure("in6_addr", 16, {{"s6_addr", types_.array(uchar_, 16), 0}});
        const TypeId sock = types_.structure("sock", 40,
                                             {{"__sk_common", addresses, 0},
                                              {"sk_v6_daddr", address6, 128},
                                              {"sk_rcvbuf", int_, 256}});
        sock_ = types_.pointer(sock);
        const TypeId task = types_.structure("task_struct", 48,
                                             {{"__state", uint_, 0},
                                              {"pid", int_, 32},
                                              {"tgid", int_, 64},
                                              {"comm", types_.array(char_, 16), 96},
                                              {"in_execve", uint_, 224, 1},
                                              {"in_iowait", uint_, 225, 1},
                                              {"start_time", u64_, 256},
                                              {"pidtype", find_enum(), 320}});
        task_ = types_.pointer(task);
    }

    TypeId find_enum() {
        return types_.enum32("task_kind",
                             {{"TASK_USER", 0}, {"TASK_KERNEL", 1}, {"TASK_IDLE_KIND", 2}});
    }

    void functions() {
        types_.function("do_sys_openat2", long_,
                        {{"dfd", int_}, {"filename", text_}, {"how", how_}});
        types_.function("vfs_read", ssize_t_,
                        {{"file", file_pointer_},
                         {"buf", text_},
                         {"count", size_t_},
                         {"pos", types_.pointer(loff_t_)}});
        types_.function("vfs_write", ssize_t_,
                        {{"file", file_pointer_},
                         {"buf", text_},
                         {"count", size_t_},
                         {"pos", types_.pointer(loff_t_)}});
        types_.function("vfs_open", int_, {{"path", types_.pointer({0})}, {"file", file_pointer_}});
        types_.function("tcp_connect", int_, {{"sk", sock_}});
        types_.function("tcp_close", {0}, {{"sk", sock_}, {"timeout", long_}});
        types_.function("wake_up_new_task", {0},
                        {{"p", task_}, {"again", bool_}, {"letter", char_}});
        types_.function("seven_words", int_,
                        {{"a", int_},
                         {"b", int_},
                         {"c", int_},
                         {"d", int_},
                         {"e", int_},
                         {"f", int_},
                         {"g", int_},
                         {"h", u64_}});
        const TypeId pair =
            types_.structure("pair", 16, {{"first", long_, 0}, {"second", long_, 64}});
        types_.function("by_value", int_, {{"both", pair}, {"after", int_}});
        types_.function("fdget_raw", int_, {{"x", int_}});
        types_.function("finish_task_switch", int_, {{"x", int_}});
        // Two static functions of one name and different prototypes, as 6.1 has 508 of.
        types_.function("two_faced", int_, {{"same", int_}, {"x", int_}, {"kind", uint_}});
        types_.function("two_faced", long_, {{"same", int_}, {"kind", uint_}});
        types_.function("of_modules", int_, {{"x", int_}});
        types_.function("do_exit", {0}, {{"code", long_}});
        types_.function("migrate_enable", {0}, {});
    }

    BtfBuilder types_;
    TypeId int_, uint_, long_, ulong_, char_, uchar_, ushort_, bool_, u32_, u64_, size_t_, ssize_t_,
        loff_t_, text_, how_, file_pointer_, sock_, task_;
};

inline kernel::KernelFacts fixture_facts() {
    using kernel::ProbeStatus;
    const FixtureTypes types;
    kernel::KernelFacts facts;
    facts.origin = "fixture";
    facts.image.release = "6.12.0-fixture";
    facts.image.btf = types.types().bytes();
    facts.image.config = "CONFIG_KPROBES=y\nCONFIG_KPROBE_EVENTS=y\nCONFIG_BTRFS_FS=m\n"
                         "# CONFIG_FPROBE is not set\nCONFIG_HZ=250\n";
    facts.image.readme = "tracing mini-HOWTO:\n\t   fetcharg: (%<register>|$<efield>), "
                         "@<address>, @<symbol>[+|-<offset>],\n\t           $stack<index>, $stack, "
                         "$retval, $comm, $arg<N>,\n\t           +|-[u]<offset>(<fetcharg>)\n";
    facts.add("__per_cpu_start", 0, 'D', ProbeStatus::not_text);
    facts.add("runqueues", 0x1000, 'D', ProbeStatus::not_text);
    facts.add("__per_cpu_end", 0x3000, 'D', ProbeStatus::not_text);
    std::uint64_t address = 0xffffffff81000000;
    const auto add = [&](std::string_view name, char type = 'T',
                         ProbeStatus status = ProbeStatus::probeable) {
        facts.add(name, address, type, status);
        address += 0x100;
    };
    add("_text"), add("do_sys_openat2"), add("vfs_read"), add("vfs_write"), add("vfs_open", 't');
    add("vfs_fsync"), add("tcp_connect"), add("tcp_close"), add("wake_up_new_task");
    add("seven_words"), add("by_value"), add("two_faced");
    add("no_btf_function");
    add("finish_task_switch.isra.0", 't'), add("put_cred_rcu.cold", 't', ProbeStatus::not_text);
    add("type_show", 't'), add("type_show", 't');
    add("exc_page_fault", 'T', ProbeStatus::blacklisted);
    add("trace_clock_local", 't', ProbeStatus::notrace);
    add("start_kernel", 't', ProbeStatus::init);
    add("jiffies", 'D', ProbeStatus::not_text);
    add("__per_cpu_offset", 'D', ProbeStatus::not_text);
    add("linux_proc_banner", 'R', ProbeStatus::not_text);
    add("do_exit");
    add("migrate_enable"), add("mnt_get_count");

    facts.image.events = {{"sched",
                           "sched_wakeup",
                           {{"char[16]", "comm", 8, 16, true},
                            {"pid_t", "pid", 24, 4, true},
                            {"int", "prio", 28, 4, true},
                            {"const struct file *", "file", 32, 8, false},
                            {"enum pid_type", "kind", 40, 4, false},
                            {"__data_loc char[]", "name", 44, 4, false},
                            {"u8[6]", "address", 48, 6, false}}}};

    // endbr64; call; push %rbp; mov %rsp,%rbp; and nothing but nop
    facts.read_code = [](std::uint64_t, std::uint64_t size) {
        std::vector<std::byte> code(size, std::byte{0x90});
        const std::uint8_t begin[] = {0xf3, 0x0f, 0x1e, 0xfa, 0xe8, 1,   2,
                                      3,    4,    0x55, 0x48, 0x89, 0xe5};
        std::ranges::copy(std::as_bytes(std::span(begin)), code.begin());
        return code;
    };

    kernel::ModuleFacts module;
    module.name = "loop_back";
    module.btf = types.module_bytes();
    module.add("lb_submit", 0x40, 'T', ProbeStatus::probeable);
    module.add("of_modules", 0x80, 'T', ProbeStatus::probeable);
    facts.modules.push_back(std::move(module));
    kernel::ModuleFacts other;
    other.name = "other_one";
    other.add("of_modules", 0x40, 'T', ProbeStatus::probeable);
    facts.modules.push_back(std::move(other));
    return facts;
}

/// The same kernel each time; it must be there, so that no caller has to look.
inline std::shared_ptr<const kernel::KernelView> fixture_kernel() {
    static const std::shared_ptr<const kernel::KernelView> view = [] {
        Result<std::shared_ptr<const kernel::KernelView>> made = kernel::make_view(fixture_facts());
        return made ? *made : nullptr;
    }();
    return view;
}

} // namespace kps::test
