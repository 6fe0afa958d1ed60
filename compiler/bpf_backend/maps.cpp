#include "compiler/bpf_backend/maps.hpp"

namespace kps::bpf {

namespace {

constexpr std::uint32_t ring_bytes = 4 << 20; ///< a loader may choose another
constexpr std::uint32_t most_tasks = 65'536;
constexpr std::uint32_t most_keys = 65'536;
constexpr std::uint32_t word = 8;
constexpr std::uint32_t loss_words = 3;

} // namespace

std::uint32_t key_bytes(const sema::ResolvedSpec& spec, const plan::Tally& tally) {
    std::uint32_t bytes = 0;
    for (const std::uint32_t field : tally.key) {
        const sema::ValueType& type = spec.streams[tally.use.stream].fields.at(field).type;
        bytes += type.kind == sema::TypeKind::string ? plan::key_string_bytes : 2 * word;
    }
    return bytes;
}

Maps::Maps(Unit& unit, const Request& request) : unit_(unit), request_(request) {
    if (request.work != nullptr) layout_ = plan::sums_layout(*request.work);
}

llvm::Value* Maps::hits() {
    return unit_.map("hits", {MapType::ring_buffer, 0, 0, ring_bytes});
}

llvm::Value* Maps::paused() {
    return unit_.variable("kps_paused");
}

llvm::Value* Maps::scope() {
    return unit_.setting("kps_scope");
}

llvm::Value* Maps::tasks() {
    return unit_.map("tasks", {MapType::hash, 4, 4, most_tasks});
}

llvm::Value* Maps::cgroup() {
    return unit_.map("cgroup", {MapType::cgroup_array, 4, 4, 1});
}

llvm::Value* Maps::losses() {
    const auto probes = static_cast<std::uint32_t>(request_.spec.probes.size());
    return unit_.map("losses", {MapType::array, 4, loss_words * word, probes});
}

llvm::Value* Maps::sums() {
    return unit_.map("sums", {MapType::percpu_array, 4, layout_.words * word, 1});
}

llvm::Value* Maps::keys(std::size_t tally) {
    const plan::Tally& of = request_.work->tallies.at(tally);
    return unit_.map("keys_" + std::to_string(tally), {MapType::hash, key_bytes(request_.spec, of),
                                                       words_of(of.form) * word, most_keys});
}

llvm::Value* Maps::calls(std::size_t call, std::uint32_t frame_bytes) {
    return unit_.map("calls_" + std::to_string(call),
                     {MapType::task_storage, 4, frames_begin + deepest_call * frame_bytes, 0});
}

} // namespace kps::bpf
