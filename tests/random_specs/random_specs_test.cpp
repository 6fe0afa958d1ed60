#include "compiler/kernel/open.hpp"
#include "runtime/collect/bpf_object.hpp"
#include "runtime/machine/machine.hpp"
#include "tests/machine/kernels.hpp"
#include "tests/random_specs/made_object.hpp"

#include <cerrno>
#include <cstdlib>
#include <fmt/core.h>
#include <gmock/gmock.h>

// Every random spec that kps accepts becomes an object that the kernel's verifier accepts.
// KPS_RANDOM_SPECS: how many a kernel (50), KPS_RANDOM_SEED: what they begin with (1: the same
// specs each time, so that a change that is tested is what a failure is about; other seeds search).

namespace kps::random_specs {

namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::stoull(text);
}

std::uint64_t wanted() {
    return number_from_environment("KPS_RANDOM_SPECS", 50);
}

std::uint64_t first_seed() {
    return number_from_environment("KPS_RANDOM_SEED", 1);
}

/// How many of them kps may find wrong, or not for BPF, before the writer is of no use.
bool is_too_many(std::size_t lost, std::size_t made) {
    return lost > 10 + made / 4;
}

std::shared_ptr<const kernel::KernelView> opened(const std::string& kernel) {
    auto view = kernel::open_kernel(kernel);
    if (!view) throw std::runtime_error(view.error().message);
    return *view;
}

std::string told(const Made& made, const collect::Rejected& rejected) {
    return fmt::format("seed {}: program `{}`: error {}\n{}\n{}", made.seed, rejected.program,
                       rejected.error, rejected.log, made.text);
}

/// Hands so many objects to `take`, which gives false to end.
template <class Take>
void make_objects(const std::string& kernel, const MakeOptions& options, Take take) {
    const auto view = opened(kernel);
    const Catalogue catalogue(*view);
    ASSERT_FALSE(catalogue.functions.empty());
    Census census;
    for (std::uint64_t seed = first_seed(); census.objects < wanted(); ++seed) {
        const Made made = make(catalogue, seed, options);
        census.add(made);
        if (made.has_object() && !take(made)) break;
        const std::size_t lost = census.thrown_away + census.refused;
        ASSERT_FALSE(is_too_many(lost, census.objects)) << census.text();
    }
    fmt::print("{} from seed {}: {}\n", kernel, first_seed(), census.text());
}

class RandomSpecs : public testing::TestWithParam<std::string> {};

TEST_P(RandomSpecs, AreAcceptedInAMachine) {
    machine::MachineOptions options;
    options.kernel = GetParam();
    auto machine = machine::Machine::boot(options);
    ASSERT_TRUE(machine) << machine.error().error.message;
    collect::Job job;
    job.group = job.instance = "kps_random";
    job.buffer_kib_per_cpu = 4;
    make_objects(GetParam(), {}, [&](const Made& made) {
        ++job.id;
        job.bpf = collect::BpfJob{made.object.elf, {}, {}};
        const auto take = [&](const collect::Message& message) {
            if (const auto* rejected = std::get_if<collect::Rejected>(&message.body))
                ADD_FAILURE() << told(made, *rejected);
            if (const auto* trouble = std::get_if<collect::Trouble>(&message.body))
                ADD_FAILURE() << made.seed << ": " << trouble->message;
        };
        const auto ran = machine->run(job, take, std::chrono::seconds(120));
        EXPECT_TRUE(ran) << made.seed << ": " << ran.error().error.message << "\n"
                         << ran.error().console;
        return ran.has_value();
    });
    EXPECT_THAT(machine->splats(), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Kernels, RandomSpecs, testing::ValuesIn(machine::test_kernels()),
                         [](const auto& of) {
                             std::string name = of.param;
                             for (char& c : name)
                                 if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                             return name;
                         });

/// No trampolines, which not every machine's kernel has, and no programs of the tasks' events.
TEST(RandomSpecsHere, AreAcceptedByTheRunningKernel) {
    bool permitted = true;
    make_objects("running", {.trampolines = false, .workload = false}, [&](const Made& made) {
        const auto loaded =
            collect::BpfObject::load({made.object.elf, {}, {}}, collect::Scope::system, 4096);
        if (loaded) return true;
        permitted = loaded.error().error != EPERM;
        if (permitted) ADD_FAILURE() << told(made, loaded.error());
        return permitted;
    });
    if (!permitted) GTEST_SKIP() << "BPF is not permitted here";
}

} // namespace

} // namespace kps::random_specs
