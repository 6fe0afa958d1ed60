#include "compiler/diagnostics/messages.hpp"
#include "compiler/kernel/fetch.hpp"
#include "runtime/cli/completion.hpp"

#include <algorithm>
#include <map>

namespace kps::cli {

namespace {

/// Where a command line has come to.
class Place {
public:
    explicit Place(const CommandText& root) : root_(root), command_(&root) {}

    /// Goes on behind a finished word.
    void pass(const std::string& word) {
        if (option_ != nullptr) {
            option_ = nullptr; // it was the value
        } else if (!only_operands_ && word == "--") {
            only_operands_ = true;
        } else if (is_option(word)) {
            const OptionText* option = find_option(word);
            if (option != nullptr && !option->value.empty()) option_ = option;
        } else if (const CommandText* command = find_command(*command_, word);
                   command != nullptr && !only_operands_) {
            command_ = command;
        } else {
            operands_.push_back(word);
        }
    }

    /// What can stand for `word`, which may be unfinished.
    std::string candidates(const std::string& word) const {
        if (option_ != nullptr) return values(*option_, "");
        if (!is_option(word)) return commands(*command_) + operand();
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos) return options();
        const OptionText* option = find_option(word.substr(0, equals));
        return option == nullptr ? "" : values(*option, word.substr(0, equals + 1));
    }

private:
    [[nodiscard]] bool is_option(const std::string& word) const {
        return !only_operands_ && word.starts_with('-');
    }

    [[nodiscard]] const OptionText* find_option(const std::string& spelling) const {
        for (const OptionText& option : command_->options)
            if (std::ranges::find(option.spellings, spelling) != option.spellings.end())
                return &option;
        return nullptr;
    }

    static const CommandText* find_command(const CommandText& parent, const std::string& word) {
        const auto found = std::ranges::find(parent.commands, word, &CommandText::name);
        return found == parent.commands.end() ? nullptr : &*found;
    }

    static std::string line(std::string_view word, std::string_view meaning) {
        return fmt::format("{}\t{}\n", word, meaning.substr(0, meaning.find('\n')));
    }

    static std::string commands(const CommandText& parent) {
        std::string lines;
        for (const CommandText& command : parent.commands)
            lines += line(command.name, command.description);
        return lines;
    }

    [[nodiscard]] std::string options() const {
        std::string lines;
        for (const OptionText& option : command_->options)
            for (const std::string& spelling : option.spellings)
                lines += line(spelling, option.help);
        return lines;
    }

    [[nodiscard]] std::string operand() const {
        const std::vector<OptionText>& all = command_->operands;
        if (operands_.size() < all.size()) return values(all[operands_.size()], "");
        return !all.empty() && all.back().repeatable ? values(all.back(), "") : "";
    }

    /// The values of an option or operand, by the name that `--help` gives them.
    [[nodiscard]] std::string values(const OptionText& option, const std::string& prefix) const {
        const auto names = [&](std::string_view kind) {
            return option.value.find(kind) != std::string::npos;
        };
        std::string lines;
        for (const std::string& choice : option.choices)
            lines += line(prefix + choice, "");
        if (names("KERNEL")) lines += kernels(prefix);
        if (names("CODE")) lines += codes(prefix);
        if (names("COMMAND")) lines += commands_of_operands();
        if (names("SPEC")) lines += ":specs\n";
        if (names("FILE") || names("KERNEL")) lines += ":files\n";
        if (names("DIR")) lines += ":directories\n";
        return lines;
    }

    static std::string kernels(const std::string& prefix) {
        std::map<std::string, std::string> names{{"running", "the kernel of this machine"}};
        for (const kernel::CachedKernel& cached : kernel::cached_kernels())
            for (const std::string& name : cached.names)
                names.emplace(name, cached.release);
        for (const kernel::KnownKernel& known : kernel::known_kernels())
            names.emplace(known.name, known.description);
        std::string lines;
        for (const auto& [name, meaning] : names)
            lines += line(prefix + name, meaning);
        return lines;
    }

    static std::string codes(const std::string& prefix) {
        std::string lines;
        for (const diag::CatalogueRow& row : diag::catalogue())
            lines += line(prefix + to_string(row.code), diag::with_dots(row.format));
        return lines;
    }

    /// The commands below the one that the operands name.
    [[nodiscard]] std::string commands_of_operands() const {
        const CommandText* parent = &root_;
        for (const std::string& word : operands_) {
            parent = find_command(*parent, word);
            if (parent == nullptr) return "";
        }
        return commands(*parent);
    }

    const CommandText& root_;
    const CommandText* command_;
    const OptionText* option_ = nullptr; ///< whose value comes next
    std::vector<std::string> operands_;
    bool only_operands_ = false;
};

} // namespace

std::string candidates(const CommandText& root, std::span<const std::string> words) {
    if (words.empty()) return "";
    Place place(root);
    for (const std::string& word : words.first(words.size() - 1))
        place.pass(word);
    return place.candidates(words.back());
}

} // namespace kps::cli
