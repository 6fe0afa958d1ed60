// A program whose DWARF tells of functions in line: one twice, and one inside of it and once by
// itself.

volatile int kps_test_value = 0;

namespace {

[[gnu::always_inline]] inline void kps_test_inside_of_it() {
    kps_test_value = kps_test_value + 1;
}

[[gnu::always_inline]] inline void kps_test_inlined_twice() {
    kps_test_inside_of_it();
    kps_test_value = kps_test_value * 3;
}

[[gnu::noinline]] void kps_test_called() {
    kps_test_inlined_twice();
}

} // namespace

int main() {
    kps_test_called();
    kps_test_inlined_twice();
    kps_test_inside_of_it();
    return kps_test_value;
}
