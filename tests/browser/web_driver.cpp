#include "tests/browser/web_driver.hpp"

#include "tests/shell.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fmt/core.h>
#include <fstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace kps::test {

namespace {

using nlohmann::json;

/// `text` as one word of the shell.
std::string quoted(const std::string& text) {
    std::string word = "'";
    for (const char c : text)
        word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

} // namespace

WebDriver::WebDriver(const std::vector<std::string>& arguments) : port_(20000 + getpid() % 20000) {
    driver_ = fork();
    if (driver_ == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        const std::string port = fmt::format("--port={}", port_);
        execlp("chromedriver", "chromedriver", port.c_str(), "--silent",
               static_cast<char*>(nullptr));
        _exit(127);
    }
    json options = {{"args", {"--headless", "--no-sandbox", "--disable-gpu"}}};
    for (const std::string& argument : arguments)
        options["args"].push_back(argument);
    const json wish = {
        {"capabilities",
         {{"alwaysMatch",
           {{"goog:chromeOptions", options}, {"goog:loggingPrefs", {{"browser", "ALL"}}}}}}}};
    for (int i = 0; i < 300 && session_.empty(); ++i) {
        const json answer = ask("POST", "/session", wish);
        if (answer.is_object() && answer.contains("sessionId"))
            session_ = fmt::format("/session/{}", answer["sessionId"].get<std::string>());
        else
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    if (session_.empty()) throw std::runtime_error("Chromium does not start");
}

WebDriver::~WebDriver() {
    if (!session_.empty()) ask("DELETE", session_, {});
    kill(-driver_, SIGTERM);
    waitpid(driver_, nullptr, 0);
}

json WebDriver::ask(const std::string& method, const std::string& path, const json& body) {
    const Ran asked =
        shell(fmt::format("curl --silent --max-time 60 --request {} --header "
                          "'Content-Type: application/json' --data {} http://localhost:{}{}",
                          method, quoted(body.dump()), port_, path));
    const json parsed = json::parse(asked.output, nullptr, false);
    return parsed.is_object() && parsed.contains("value") ? parsed["value"] : json();
}

void WebDriver::open(const std::string& url) {
    ask("POST", session_ + "/url", {{"url", url}});
}

json WebDriver::execute(const std::string& body) {
    return ask("POST", session_ + "/execute/sync", {{"script", body}, {"args", json::array()}});
}

void WebDriver::press(const std::string& keys) {
    const json down = {{"type", "keyDown"}, {"value", keys}};
    const json up = {{"type", "keyUp"}, {"value", keys}};
    ask("POST", session_ + "/actions",
        {{"actions", {{{"type", "key"}, {"id", "keyboard"}, {"actions", {down, up}}}}}});
}

json WebDriver::errors() {
    json severe = json::array();
    for (const json& entry : ask("POST", session_ + "/se/log", {{"type", "browser"}}))
        if (entry.value("level", "") == "SEVERE") severe.push_back(entry);
    return severe;
}

bool has_browser() {
    return std::system("command -v chromium chromedriver curl >/dev/null 2>&1") == 0;
}

} // namespace kps::test
