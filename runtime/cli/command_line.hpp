#pragma once

namespace kps::cli {

/// Reads the command line and does what it says; returns the exit status.
int main_with(int argc, char** argv);

} // namespace kps::cli
