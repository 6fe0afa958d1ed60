#pragma once

#include "compiler/kernel/fetch.hpp"
#include "compiler/semantics/resolve.hpp"
#include "runtime/cli/terminal.hpp"

namespace kps::cli {

/// `-L` directories, then `KPS_PATH` (separated by colons), then the modules shipped with kps.
sema::Library library_of(const std::vector<std::string>& directories);

/// Loads `path`, or standard input for `-`. A file that cannot be read is an `Error`.
Result<sema::LoadedSpec> load_spec(const std::string& path, const sema::Library& library,
                                   SourceSet& sources, diag::Sink& sink);

/// Loads them all, in order; the first file that cannot be read is the error.
Result<std::vector<sema::LoadedSpec>> load_specs(const std::vector<std::string>& paths,
                                                 const sema::Library& library, SourceSet& sources,
                                                 diag::Sink& sink);

/// Writes what `sink` holds to standard error; whether there are errors.
bool show_diagnostics(const diag::Sink& sink, const SourceSet& sources, Terminal& terminal);

/// The whole of `path`, or of standard input for `-`.
Result<std::string> read_text(const std::string& path);
/// Writes a file as a whole or not at all: a new one beside it takes its place.
Result<void> write_text(const std::string& path, std::string_view text);

/// Shows steps that take long (`debian:6.12: downloading ... `) as progress.
kernel::Progress progress_of(const std::string& name, Terminal& terminal);

/// Opens a kernel, with progress on the terminal while it is fetched or read.
Result<std::shared_ptr<const kernel::KernelView>> open_kernel(const std::string& name,
                                                              Terminal& terminal);

} // namespace kps::cli
