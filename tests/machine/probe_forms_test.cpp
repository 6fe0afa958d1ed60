// What the kernels say to every form of their probe grammar, and what kps says:
// docs/kprobe-events.md. KPS_UPDATE_GOLDEN=1 writes the columns of the kernels that are tested.

#include "tests/machine/guest.hpp"
#include "tests/machine/kernels.hpp"
#include "tests/machine/paths.hpp"
#include "tests/machine/probe_forms.hpp"
#include "tests/shell.hpp"

#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <gmock/gmock.h>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

namespace kps::machine {
namespace {

namespace fs = std::filesystem;

/// Reads `NUMBER<tab>FILE<tab>COMMAND[ ;; COMMAND]` lines, writes each to its file and prints
/// `NUMBER<tab>taken` or `NUMBER<tab>the kernel's words`.
constexpr const char* try_each = R"sh(
cd /sys/kernel/tracing
tab=$(printf '\t')
while IFS="$tab" read -r number file commands; do
    while true; do
        case $commands in *'{'*'}'*) ;; *) break ;; esac
        symbol=${commands#*'{'}; symbol=${symbol%%'}'*}
        address=$(grep " $symbol\$" /proc/kallsyms | head -n 1 | cut -c 1-16)
        commands=${commands%%'{'*}$address${commands#*'}'}
    done
    case $commands in *_text+*) # _text+ADDRESS-ADDRESS
        end=${commands#*_text+}; start=${end#*-}; end=${end%%-*}
        commands=${commands%%_text+*}_text+$((0x$end - 0x$start)) ;;
    esac
    echo > error_log
    answer=taken
    while [ -n "$commands" ]; do
        command=${commands%%' ;; '*}
        [ "$command" = "$commands" ] && commands= || commands=${commands#*' ;; '}
        if ! why=$({ printf '%s\n' "$command" >> "$file"; } 2>&1); then
            logged=$(sed -n 's/.*: error: *//p' error_log | head -n 1)
            why=${why##*: }
            answer=${logged:-${why:-refused without a word}}
        fi
    done
    printf '%s\t%s\n' "$number" "$answer"
    echo > dynamic_events; echo > kprobe_events
done < /commands
)sh";

std::string spec_of(const std::string& probes, const std::string& expects, const std::string& run) {
    return probes + "\ntest \"t\" {\nrun \"" + run + "\"\n" + expects + "\n}\n";
}

/// What the first line of kps's complaint begins with: `KPS0401`.
std::string code_in(const std::string& output) {
    const std::size_t at = output.find("[KPS");
    return at == std::string::npos ? output : output.substr(at + 1, 7);
}

struct Answers {
    std::vector<std::string> kernel; ///< one for each command: `taken` or why not
    std::vector<std::string> kps;    ///< `PASS`, another verdict, a code, or empty
};

/// A kernel, a row for each form.
class Forms {
public:
    explicit Forms(std::string kernel) : kernel_(std::move(kernel)) {
        fs::create_directories(directory_);
        for (const Form& form : accepted_forms())
            add(form.file, form.command, form.probes, form.expects, form.run);
        for (const Mistake& mistake : refused_forms()) {
            std::string probes = mistake.probes;
            const bool fits = probes.starts_with('+');
            add(mistake.file, mistake.command, fits ? probes.substr(1) : probes, mistake.expects,
                "head -c 1 /proc/uptime");
        }
    }
    ~Forms() { fs::remove_all(directory_); }

    Answers ask() {
        Answers answers{std::vector<std::string>(number_), std::vector<std::string>(number_)};
        ask_kernel(answers);
        ask_kps(answers);
        return answers;
    }

private:
    void add(const std::string& file, const std::string& command, const std::string& probes,
             const std::string& expects, const std::string& run) {
        commands_ += fmt::format("{}\t{}\t{}\n", number_, file, command);
        if (!probes.starts_with('-')) std::ofstream(spec(number_)) << spec_of(probes, expects, run);
        ++number_;
    }
    [[nodiscard]] fs::path spec(std::size_t number) const {
        return directory_ / fmt::format("{}.kps", number);
    }

    void ask_kernel(Answers& answers) {
        const fs::path file = directory_ / "commands";
        std::ofstream(file) << commands_;
        std::istringstream lines(
            printed_in_guest(kernel_, {file.string() + ":/commands"}, try_each));
        for (std::string line; std::getline(lines, line);) {
            const std::size_t tab = line.find('\t');
            if (tab == std::string::npos || tab == 0) continue;
            const std::size_t number = std::stoul(line.substr(0, tab));
            if (number < number_) answers.kernel[number] = line.substr(tab + 1);
        }
    }

    void ask_kps(Answers& answers) {
        std::string good;
        for (std::size_t i = 0; i < number_; ++i) {
            if (!fs::exists(spec(i))) continue;
            const Ran compiled = shell(std::string(KPS_PROGRAM) + " compile --kernel " + kernel_ +
                                       " " + spec(i).string());
            if (compiled.status == 0)
                good += " " + spec(i).string();
            else
                answers.kps[i] = code_in(compiled.output);
        }
        const fs::path report = directory_ / "report.json";
        const Ran ran = shell(std::string(KPS_PROGRAM) + " run --kernel " + kernel_ +
                              " --report text --report json=" + report.string() + good);
        std::ifstream file(report);
        ASSERT_TRUE(file) << ran.output;
        const nlohmann::json json = nlohmann::json::parse(file);
        for (const auto& run : json["specs"]) {
            const std::size_t number = std::stoul(fs::path(run["path"].get<std::string>()).stem());
            answers.kps[number] = run["tests"][0]["verdict"];
            if (answers.kps[number] != "PASS") std::cerr << run.dump(1) << "\n";
        }
    }

    std::string kernel_;
    fs::path directory_ = fs::path(testing::TempDir()) / ("kps-forms-" + std::to_string(getpid()));
    std::string commands_;
    std::size_t number_ = 0;
};

// ---------------------------------------------------------------- the document

std::string cell(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
        text.insert(at, "\\");
    std::ranges::replace(text, '\n', ' ');
    return text;
}

std::string code(const std::string& text) {
    constexpr std::size_t most = 100;
    return text.size() <= most ? "`" + cell(text) + "`" : "`" + cell(text.substr(0, most)) + "...`";
}

/// A row of a table: what all kernels have in common, and what the kernel at hand says.
struct Row {
    std::string key;
    std::string answer;
};

Row row_of(const Form& form, const std::string& kernel, const std::string& kps) {
    const bool unneeded = form.probes.starts_with('-');
    return {fmt::format("| {} | {} | {} ", form.what, code(form.command),
                        unneeded ? cell(form.probes.substr(2)) : code(form.probes)),
            fmt::format("{}{}", kernel == "taken" ? "taken" : "not known",
                        unneeded        ? ""
                        : kps == "PASS" ? ", right"
                                        : ", " + kps)};
}

Row row_of(const Mistake& mistake, const std::string& kernel, const std::string& kps) {
    const std::string said = mistake.probes.starts_with('-') ? cell(mistake.probes.substr(2))
                             : kps == "PASS"                 ? "made to fit"
                                                             : kps;
    return {fmt::format("| {} | {} | {} ", mistake.what, code(mistake.command), said),
            cell(kernel)};
}

/// docs/kprobe-events.md: prose with two tables that have a column for each kernel.
class Document {
public:
    Document() {
        std::ifstream file(path_);
        for (std::string line; std::getline(file, line);)
            lines_.push_back(line);
    }

    /// The column of a kernel in the table that begins with `head`; 0 if there is none.
    [[nodiscard]] static std::size_t column(const std::string& head, const std::string& kernel) {
        const std::vector<std::string> names = cells(head);
        const std::string series = kernel.substr(kernel.find(':') + 1);
        const auto found = std::ranges::find(names, series);
        return found == names.end() ? 0 : static_cast<std::size_t>(found - names.begin());
    }

    /// What differs from `rows` in the table whose first cell is `name`; puts them in if `update`.
    std::string compare(const std::string& name, const std::string& kernel,
                        const std::vector<Row>& rows, bool update) {
        const auto head = std::ranges::find_if(
            lines_, [&](const std::string& line) { return line.starts_with("| " + name + " |"); });
        if (head == lines_.end()) return "no table " + name;
        const std::size_t kernels = cells(*head).size() - 3, own = column(*head, kernel);
        if (own == 0) return {}; // a kernel that the document is not about
        const auto first = head + 2;
        const auto last =
            std::find_if(first, lines_.end(), [](const std::string& line) { return line.empty(); });
        std::map<std::string, std::vector<std::string>> known;
        for (auto line = first; line != last; ++line)
            known[key_of(*line)] = cells(*line);
        std::string differing;
        std::vector<std::string> made;
        for (const Row& row : rows) {
            std::vector<std::string>& line = known[row.key];
            line.resize(3 + kernels);
            if (line[own] != row.answer) differing += row.key + "| " + row.answer + "\n";
            line[own] = row.answer;
            std::string text = row.key;
            for (std::size_t i = 3; i < line.size(); ++i)
                text += "| " + line[i] + " ";
            made.push_back(text + "|");
        }
        if (static_cast<std::size_t>(last - first) != rows.size())
            differing += "the table has other rows\n";
        if (!update) return differing;
        lines_.insert(lines_.erase(first, last), made.begin(), made.end());
        std::ofstream file(path_);
        for (const std::string& line : lines_)
            file << line << "\n";
        return {};
    }

private:
    /// Without the blanks and the bars around them.
    static std::vector<std::string> cells(const std::string& line) {
        std::vector<std::string> found;
        std::size_t begin = 2;
        for (std::size_t at = 2; at < line.size(); ++at) {
            if (line[at] != '|' || line[at - 1] == '\\') continue;
            found.push_back(at > begin ? line.substr(begin, at - begin - 1) : "");
            begin = at + 2;
        }
        return found;
    }
    /// The first three cells as they stand.
    static std::string key_of(const std::string& line) {
        const std::vector<std::string> all = cells(line);
        return all.size() < 3 ? line : fmt::format("| {} | {} | {} ", all[0], all[1], all[2]);
    }

    fs::path path_ = source / "docs/kprobe-events.md";
    std::vector<std::string> lines_;
};

class FormsTest : public testing::TestWithParam<std::string> {};

TEST_P(FormsTest, AreTakenOrRefusedAsTheDocumentSays) {
    const Answers answers = Forms(GetParam()).ask();
    const std::vector<Form> forms = accepted_forms();
    std::vector<Row> taken, refused;
    for (std::size_t i = 0; i < forms.size(); ++i) {
        taken.push_back(row_of(forms[i], answers.kernel[i], answers.kps[i]));
        if (forms[i].probes.starts_with('-')) continue;
        if (answers.kernel[i] != "taken" && answers.kps[i] == "KPS0613") continue; // before 5.15
        EXPECT_EQ(answers.kps[i], "PASS") << forms[i].what << ": " << forms[i].probes;
    }
    const std::vector<Mistake> mistakes = refused_forms();
    for (std::size_t i = 0; i < mistakes.size(); ++i) {
        const std::string& kps = answers.kps[forms.size() + i];
        refused.push_back(row_of(mistakes[i], answers.kernel[forms.size() + i], kps));
        if (mistakes[i].probes.starts_with('-')) continue;
        const bool fits = mistakes[i].probes.starts_with('+');
        EXPECT_THAT(kps, testing::StartsWith(fits ? "PASS" : "KPS")) << mistakes[i].probes;
    }
    const bool update = std::getenv("KPS_UPDATE_GOLDEN") != nullptr;
    EXPECT_EQ(Document().compare("form", GetParam(), taken, update), "");
    EXPECT_EQ(Document().compare("mistake", GetParam(), refused, update), "");
}

INSTANTIATE_TEST_SUITE_P(Kernels, FormsTest, testing::ValuesIn(test_kernels()),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

} // namespace
} // namespace kps::machine
