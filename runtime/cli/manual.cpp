#include "runtime/cli/manual.hpp"

#include "compiler/base/lines.hpp"
#include "runtime/cli/specs.hpp"
#include "runtime/cli/version.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace kps::cli {

namespace {

using Words = std::vector<std::string>;

/// `text` for a line of groff, with what stands between backquotes in bold.
std::string escaped(std::string_view text) {
    std::string out = text.starts_with('.') ? "\\&" : "";
    bool bold = false;
    for (const char c : text) {
        switch (c) {
        case '\\': out += "\\e"; break;
        case '-': out += "\\-"; break;
        case '\'': out += "\\(aq"; break;
        case '^': out += "\\(ha"; break;
        case '~': out += "\\(ti"; break;
        case '`':
            bold = !bold;
            out += bold ? "\\fB" : "\\fR";
            break;
        default: out += c;
        }
    }
    return out;
}

std::string bold(std::string_view text) {
    return "\\fB" + escaped(text) + "\\fR";
}

std::string italic(std::string_view text) {
    return "\\fI" + escaped(text) + "\\fR";
}

std::string upper(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

std::string section(std::string_view title) {
    return ".SH \"" + escaped(upper(std::string(title))) + "\"\n";
}

std::string joined(const Words& words, std::string_view separator) {
    return fmt::format("{}", fmt::join(words, separator));
}

/// What a command does, in a line that starts small and ends without a full stop.
std::string summary(const CommandText& command) {
    std::string line = command.description.substr(0, command.description.find('\n'));
    if (line.starts_with(command.name + ": ")) line.erase(0, command.name.size() + 2);
    if (line.ends_with('.')) line.pop_back();
    return line;
}

/// A description or footer: headings become sections, indented lines terms.
std::string body(std::string_view text) {
    std::string out;
    bool apart = false;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        const std::size_t gap = line.find("  ", std::min<std::size_t>(line.size(), 2));
        if (line.ends_with(':') && text.starts_with("  "))
            out += section(line.substr(0, line.size() - 1));
        else if (line.starts_with("  ") && gap != std::string_view::npos)
            out += ".TP\n" + bold(line.substr(2, gap - 2)) + "\n" +
                   escaped(line.substr(line.find_first_not_of(' ', gap))) + "\n";
        else if (!line.empty())
            out += (apart ? ".PP\n" : "") + escaped(line) + "\n";
        apart = line.empty();
    }
    return out;
}

std::string description_section(const CommandText& command) {
    std::string line = summary(command);
    line[0] = upper(line.substr(0, 1))[0];
    const std::size_t rest = std::min(command.description.find('\n'), command.description.size());
    return section("description") + escaped(line) + ".\n" +
           body(std::string_view(command.description).substr(rest));
}

std::string synopsis(const Words& words, const CommandText& command) {
    std::string out = section("synopsis") + bold(joined(words, " "));
    const auto add = [&](const std::string& part, bool required, bool repeatable) {
        out += " " + (required ? part : "[" + part + "]") + (repeatable ? "..." : "");
    };
    if (!command.options.empty()) add(italic("OPTION"), false, true);
    for (const OptionText& operand : command.operands)
        add(italic(operand.value), operand.required, operand.repeatable);
    if (!command.commands.empty()) add(italic("COMMAND"), command.needs_command, false);
    return out + "\n";
}

/// The spellings of an option or the name of an operand, and what it does.
std::string explained(const OptionText& option) {
    Words spellings;
    for (const std::string& spelling : option.spellings)
        spellings.push_back(bold(spelling));
    std::string tag = joined(spellings, ", ");
    if (!option.value.empty()) tag += (tag.empty() ? "" : " ") + italic(option.value);
    std::string out = ".TP\n" + tag + "\n" + escaped(option.help) + "\n";
    if (!option.choices.empty())
        out += ".br\n" + italic(option.value.substr(0, option.value.find('['))) +
               " is one of: " + escaped(joined(option.choices, ", ")) + ".\n";
    if (!option.standard.empty()) out += ".br\nDefault: " + escaped(option.standard) + ".\n";
    return out;
}

std::string explained(std::string_view title, const std::vector<OptionText>& options) {
    std::string out = options.empty() ? "" : section(title);
    for (const OptionText& option : options)
        out += explained(option);
    return out;
}

std::string reference(const Words& words) {
    return ".BR " + escaped(joined(words, "-")) + " (1)";
}

std::string commands(Words words, const CommandText& command) {
    std::string out = command.commands.empty() ? "" : section("commands");
    for (const CommandText& sub : command.commands) {
        words.push_back(sub.name);
        out += ".TP\n" + reference(words) + "\n" + escaped(summary(sub)) + "\n";
        words.pop_back();
    }
    return out;
}

/// The page of the command that `words` call: `kps kernel show`.
std::string page(const Words& words, const CommandText& command) {
    const std::string name = joined(words, "-");
    std::string out = fmt::format(".TH \"{}\" 1 \"\" \"kps {}\" \"kps\"\n.nh\n.ad l\n",
                                  escaped(upper(name)), version);
    out += section("name") + escaped(name) + " \\- " + escaped(summary(command)) + "\n";
    out += synopsis(words, command);
    out += description_section(command);
    out += commands(words, command);
    out += explained("operands", command.operands) + explained("options", command.options);
    out += body(command.footer);
    if (words.size() > 1)
        out += section("see also") + reference(Words(words.begin(), words.end() - 1)) + "\n";
    return out;
}

Result<void> write_pages(const std::string& directory, Words words, const CommandText& command) {
    const std::string file = joined(words, "-") + ".1";
    if (const auto written = write_text(directory + "/" + file, page(words, command)); !written)
        return written;
    for (const CommandText& sub : command.commands) {
        words.push_back(sub.name);
        if (const auto written = write_pages(directory, words, sub); !written) return written;
        words.pop_back();
    }
    return {};
}

} // namespace

int man(const ManOptions& options, const CommandText& root, Terminal& terminal) {
    Words words{root.name};
    if (!options.output.empty()) {
        std::error_code ignored;
        std::filesystem::create_directories(options.output, ignored);
        const auto written = write_pages(options.output, words, root);
        return written ? Exit::ok : terminal.fail(written.error());
    }
    const CommandText* command = &root;
    for (const std::string& word : options.command) {
        const auto found = std::ranges::find(command->commands, word, &CommandText::name);
        words.push_back(word);
        if (found == command->commands.end()) {
            terminal.fail({fmt::format("there is no command `{}`", joined(words, " ")),
                           "`kps man` lists all"});
            return Exit::wrong_input;
        }
        command = &*found;
    }
    terminal.out(page(words, *command));
    return Exit::ok;
}

} // namespace kps::cli
