#pragma once

#include "tests/data/btf_builder.hpp"

namespace kps::test {

/// Structs as the kernel has them, less what is not read; members lie elsewhere than in any kernel.
/// A damaged one holds itself.
inline std::vector<std::byte> event_types(bool damaged = false) {
    using kernel::TypeId;
    BtfBuilder types;
    const TypeId number = types.integer("int", 4);
    const TypeId itself{number.value + 1};
    if (damaged)
        types.structure("trace_event_call", 8,
                        std::vector<BtfBuilder::Member>(50, {"", itself, 0, 200}));
    const TypeId bits = types.integer("unsigned int", 4, BtfBuilder::is_unsigned);
    const TypeId pointer = types.pointer({});
    const TypeId name = types.union_type("", 8, {{"name", pointer, 0}, {"tp", pointer, 0}});
    const TypeId flag = types.enum32("", {{"TRACE_EVENT_FL_TRACEPOINT", 16}});
    types.structure("trace_event_call", 32,
                    {{"class", pointer, 0},
                     {"", name, 64},
                     {"data", pointer, 128},
                     {"flags", number, 192},
                     {"kind", flag, 224}});
    types.structure("trace_event_class", 16,
                    {{"system", pointer, 0}, {"fields_array", pointer, 64}});
    const TypeId field = types.structure("", 24,
                                         {{"name", pointer, 0},
                                          {"size", number, 64},
                                          {"align", number, 96},
                                          {"is_signed", bits, 129, 1}});
    types.structure("trace_event_fields", 32, {{"type", pointer, 0}, {"", field, 64}});
    types.structure("tracepoint", 8, {{"name", pointer, 0}});
    types.structure("syscall_metadata", 24,
                    {{"nb_args", number, 0}, {"types", pointer, 64}, {"args", pointer, 128}});
    return types.bytes();
}

} // namespace kps::test
