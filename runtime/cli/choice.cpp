#include "runtime/cli/choice.hpp"

#include "compiler/base/nearest.hpp"

#include <algorithm>
#include <set>

namespace kps::cli {

namespace {

using Names = std::set<std::string, std::less<>>;

bool contains(const std::vector<std::string>& all, const std::string& one) {
    return std::ranges::find(all, one) != all.end();
}

/// That each of `wanted` is known.
Result<void> check_known(std::string_view what, const std::vector<std::string>& wanted,
                         const Names& known) {
    for (const std::string& name : wanted) {
        if (known.contains(name)) continue;
        const std::vector<std::string_view> names(known.begin(), known.end());
        const std::vector<std::string> near = nearest_names(name, names);
        return fail(fmt::format("no test has the {} `{}`", what, name),
                    near.empty() ? "" : fmt::format("there is `{}`", near.front()));
    }
    return {};
}

} // namespace

Result<void> choose_tests(std::vector<Compiled>& specs, const std::vector<std::string>& names,
                          const std::vector<std::string>& tags) {
    Names known_names;
    Names known_tags;
    bool some_left = false;
    for (Compiled& compiled : specs) {
        for (const sema::Test& test : compiled.spec.tests) {
            known_names.insert(test.name);
            known_tags.insert(test.tags.begin(), test.tags.end());
        }
        std::erase_if(compiled.spec.tests, [&](const sema::Test& test) {
            const auto wanted = [&](const std::string& tag) { return contains(tags, tag); };
            return (!names.empty() && !contains(names, test.name)) ||
                   (!tags.empty() && std::ranges::none_of(test.tags, wanted));
        });
        some_left = some_left || !compiled.spec.tests.empty();
    }
    if (known_names.empty())
        return fail("there is no test to run", "`test \"NAME\" { ... }` is one");
    if (const auto known = check_known("name", names, known_names); !known) return known;
    if (const auto known = check_known("tag", tags, known_tags); !known) return known;
    if (!some_left) return fail("no test has both such a name and such a tag");
    return {};
}

} // namespace kps::cli
