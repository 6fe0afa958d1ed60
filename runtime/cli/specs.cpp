#include "runtime/cli/specs.hpp"

#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/open.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <unistd.h>

namespace kps::cli {

namespace {

namespace fs = std::filesystem;

fs::path executable_directory() {
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).parent_path();
}

} // namespace

sema::Library library_of(const std::vector<std::string>& directories) {
    sema::Library library;
    for (const std::string& directory : directories)
        library.directories.emplace_back(directory);
    if (const char* variable = std::getenv("KPS_PATH")) {
        std::string_view rest = variable;
        while (!rest.empty()) {
            const std::string_view one = rest.substr(0, rest.find(':'));
            if (!one.empty()) library.directories.emplace_back(one);
            rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        }
    }
    const fs::path installed = executable_directory() / "../share/kps/specs";
    std::error_code error;
    library.directories.push_back(fs::is_directory(installed, error) ? installed
                                                                     : fs::path(KPS_SOURCE_SPECS));
    return library;
}

Result<std::string> read_text(const std::string& path) {
    if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    return kernel::read_text(path);
}

Result<void> write_text(const std::string& path, std::string_view text) {
    const std::string fresh = fmt::format("{}.{}.new", path, getpid());
    std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    std::error_code error;
    if (file) {
        const fs::perms mode = fs::status(path, error).permissions();
        if (!error && mode != fs::perms::unknown) fs::permissions(fresh, mode, error);
        if (std::rename(fresh.c_str(), path.c_str()) == 0) return {};
    }
    const std::string why = std::strerror(errno);
    fs::remove(fresh, error);
    return fail(fmt::format("cannot write {}: {}", path, why));
}

Result<sema::LoadedSpec> load_spec(const std::string& path, const sema::Library& library,
                                   SourceSet& sources, diag::Sink& sink) {
    if (path != "-") return sema::load(path, library, sources, sink);
    Result<std::string> text = read_text(path);
    if (!text) return std::unexpected(text.error());
    return sema::load(sources.add("<standard input>", std::move(*text)), library, sources, sink);
}

bool show_diagnostics(const diag::Sink& sink, const SourceSet& sources, Terminal& terminal) {
    const std::vector<diag::Diagnostic> sorted = sink.sorted();
    if (!sorted.empty()) terminal.err(diag::render_text(sorted, sources, terminal.err_colour()));
    return sink.has_errors();
}

kernel::Progress progress_of(const std::string& name, Terminal& terminal) {
    return [name, &terminal](const std::string& step) {
        terminal.progress(fmt::format("{}: {} ...", name, step));
    };
}

Result<std::shared_ptr<const kernel::KernelView>> open_kernel(const std::string& name,
                                                              Terminal& terminal) {
    auto view = kernel::open_kernel(name, progress_of(name, terminal));
    terminal.progress("");
    return view;
}

} // namespace kps::cli
