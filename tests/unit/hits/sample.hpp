#pragma once

#include "tests/unit/plan/fixture.hpp"

namespace kps::hits {

/// The probes that the captured traces in tests/data/trace were made with.
inline sema::ResolvedSpec sample_spec() {
    using sema::Display;
    using sema::TypeKind;
    plan::SpecBuilder b;
    b.probe("open.enter", "do_sys_openat2");
    b.string_field("path", b.string(b.argument(1), true));
    b.field("dfd", b.add(sema::Convert{b.argument(0), 4, true}, 4, true));
    b.field("flags", b.load(b.argument(2), 0, 8));
    b.field("how", b.add(sema::LoadBytes{b.argument(2), 1, 24, false}),
            {TypeKind::bytes, 1, false, 24, Display::hex, {}});
    b.field("access", b.add(sema::ExtractBits{b.load(b.argument(2), 0, 8), 0, 2, false}));
    b.probe("open.exit", "do_sys_openat2").kind = sema::PointKind::function_return;
    b.field("ret", b.add(sema::Convert{b.add(sema::ReturnValue{}), 8, true}, 8, true));
    b.probe("write", "ksys_write");
    b.field("n", b.argument(2));
    b.field("data", b.add(sema::LoadBytes{b.argument(1), 2, 3, true}, 2),
            {TypeKind::array, 2, false, 3, Display::hex, {}});
    b.probe("sleep", "__x64_sys_clock_nanosleep");
    const auto pointer = b.follow(b.argument(0), 96); // the third argument in pt_regs
    b.field("sec", b.load(pointer, 0, 8, true, true));
    b.field("nsec", b.load(pointer, 8, 8, true, true));
    return b.spec;
}

inline const std::vector<sema::ProbeId> sample_probes = {{0}, {1}, {2}, {3}};

} // namespace kps::hits
