#pragma once

namespace llvm {
class TargetPassConfig;
}

namespace kps::bpf {

/// Takes passes that change nothing or next to it in such programs out of code generation: they
/// take their time to see that.
void leave_out_idle_passes(llvm::TargetPassConfig& passes);

} // namespace kps::bpf
