#include "compiler/semantics/event_finder.hpp"

#include "compiler/base/nearest.hpp"

#include <algorithm>

namespace kps::sema {

std::optional<FoundPoint> find_event(const kernel::KernelView& kernel, const PointRequest& request,
                                     diag::Sink& sink) {
    const syntax::SymbolName& wanted = request.symbols.front();
    const std::vector<kernel::TraceEvent>& events = kernel.events();
    const auto found = std::ranges::find_if(events, [&](const kernel::TraceEvent& event) {
        return event.group == wanted.module->text && event.name == wanted.symbol.text;
    });
    if (found != events.end()) {
        FoundPoint point;
        point.kind = PointKind::tracepoint;
        point.module = found->group;
        point.symbol = found->name;
        point.event = &*found;
        point.span = request.span;
        return point;
    }
    std::vector<std::string> names;
    for (const kernel::TraceEvent& event : events)
        names.push_back(event.group + ":" + event.name);
    const std::string name = fmt::format("{}:{}", wanted.module->text, wanted.symbol.text);
    auto report = sink.report(diag::unknown_event, request.span, name);
    const std::vector<std::string_view> known(names.begin(), names.end());
    report.did_you_mean(nearest_names(name, known));
    report.remark(events.empty()
                      ? "the events of this kernel are not known"
                      : "those of the kernel itself are known, those of modules are not");
    return std::nullopt;
}

} // namespace kps::sema
