/* What three-probes.kps says, by hand: see there. */
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;

#define SEC(NAME) __attribute__((section(NAME), used))
#define PORTABLE __attribute__((preserve_access_index))
#define __uint(NAME, VALUE) int(*NAME)[VALUE]
#define __type(NAME, TYPE) TYPE* NAME

struct inode {
    unsigned long i_ino;
} PORTABLE;
struct file {
    struct inode* f_inode;
} PORTABLE;
struct filename {
    const char* name;
} PORTABLE;

static void* (*map_lookup)(void*, const void*) = (void*)1;
static long (*map_update)(void*, const void*, const void*, u64) = (void*)2;
static long (*map_delete)(void*, const void*) = (void*)3;
static u64 (*ktime_get_ns)(void) = (void*)5;
static u64 (*get_current_pid_tgid)(void) = (void*)14;
static long (*probe_read)(void*, u32, const void*) = (void*)113;
static long (*probe_read_string)(void*, u32, const void*) = (void*)115;

struct start {
    u64 time;
    u64 counts;
};
struct {
    __uint(type, 1);
    __uint(max_entries, 65536);
    __type(key, u32);
    __type(value, struct start);
} starts SEC(".maps");
struct {
    __uint(type, 6);
    __uint(max_entries, 80);
    __type(key, u32);
    __type(value, u64);
} sums SEC(".maps");

static void add(u32 index) {
    u64* const cell = map_lookup(&sums, &index);
    if (cell) __sync_fetch_and_add(cell, 1);
}

SEC("fentry/do_filp_open")
int opened(u64* context) {
    static const char wanted[] = "/etc/passwd";
    struct filename* const pathname = (void*)context[1];
    const char* name = 0;
    char text[64] = {};
    probe_read(&name, sizeof name, __builtin_preserve_access_index(&pathname->name));
    if (probe_read_string(text, sizeof text, name) != sizeof wanted) return 0;
    for (u32 i = 0; i < sizeof wanted; ++i)
        if (text[i] != wanted[i]) return 0;
    add(0);
    return 0;
}

SEC("fentry/vfs_read")
int read_enter(u64* context) {
    struct file* const file = (void*)context[0];
    const u32 task = get_current_pid_tgid();
    struct inode* inode = 0;
    unsigned long number = 0;
    probe_read(&inode, sizeof inode, __builtin_preserve_access_index(&file->f_inode));
    probe_read(&number, sizeof number, __builtin_preserve_access_index(&inode->i_ino));
    const struct start start = {ktime_get_ns(), context[2] > 100 && number != 0};
    map_update(&starts, &task, &start, 0);
    return 0;
}

SEC("fexit/vfs_read")
int read_exit(u64* context) {
    const u32 task = get_current_pid_tgid();
    struct start* const start = map_lookup(&starts, &task);
    if (!start) return 0;
    u64 rest = ktime_get_ns() - start->time;
    u32 bucket = 0;
    if (start->counts) add(1);
    for (u32 half = 32; half > 0; half /= 2)
        if (rest >= 1ull << half) {
            rest >>= half;
            bucket += half;
        }
    add(2 + bucket);
    map_delete(&starts, &task);
    return 0;
}

char licence[] SEC("license") = "GPL";
