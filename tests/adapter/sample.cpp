#include "kps/gtest.hpp"

KPS_REGISTER_SPECS("specs/*.kps", "debian:6.12", {"--memory", "512"});
