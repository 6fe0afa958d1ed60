#pragma once

#include "compiler/diagnostics/render.hpp"
#include "compiler/semantics/resolve.hpp"
#include "tests/data/fixture_kernel.hpp"
#include "tests/data/fixture_programs.hpp"

#include <string>

namespace kps::sema {

/// A text resolved against the fixture kernel, or checked without one.
struct Resolution {
    SourceSet sources;
    diag::Sink sink;
    ResolvedSpec spec;

    explicit Resolution(std::string text, bool with_kernel = true,
                        Kernels kernels = Kernels::given) {
        const Library library{{KPS_TEST_DATA "/library", KPS_TEST_DATA "/../../specs"}};
        const LoadedSpec loaded =
            load(sources.add("test.kps", std::move(text)), library, sources, sink);
        if (with_kernel)
            spec = resolve(loaded, sources, *test::fixture_kernel(), sink, test::fixture_program,
                           kernels);
        else
            check(loaded, sources, sink);
    }

    [[nodiscard]] std::string diagnostics() const {
        return diag::render_text(sink.sorted(), sources, diag::Colour::never);
    }
    /// `KPS0401 KPS0213`, in the order of the text.
    [[nodiscard]] std::string codes() const {
        std::string codes;
        for (const diag::Diagnostic& found : sink.sorted())
            codes += (codes.empty() ? "" : " ") + to_string(found.code);
        return codes;
    }
    /// The lines of the dump that begin with `start`, without it.
    [[nodiscard]] std::string dumped(const std::string& start) const {
        const std::string all = dump(spec);
        std::string found;
        for (std::size_t at = 0; at < all.size();) {
            const std::size_t end = all.find('\n', at);
            if (all.compare(at, start.size(), start) == 0)
                found += (found.empty() ? "" : "\n") +
                         all.substr(at + start.size(), end - at - start.size());
            at = end + 1;
        }
        return found;
    }
};

} // namespace kps::sema
