#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <sys/types.h>
#include <vector>

namespace kps::test {

/// Headless Chromium by the WebDriver protocol (W3C WebDriver 2), through chromedriver and curl.
/// Ends with the object.
class WebDriver {
public:
    /// `arguments` are Chromium's. Throws if it does not start.
    explicit WebDriver(const std::vector<std::string>& arguments);
    ~WebDriver();
    WebDriver(const WebDriver&) = delete;
    WebDriver& operator=(const WebDriver&) = delete;

    void open(const std::string& url);
    /// What the body of a function returns.
    nlohmann::json execute(const std::string& body);
    /// Presses keys where the focus is; `\uE004` is Tab, `\uE007` Enter.
    void press(const std::string& keys);
    /// Severe entries of the browser's log: what could not be loaded, and scripts' errors.
    nlohmann::json errors();

private:
    nlohmann::json ask(const std::string& method, const std::string& path,
                       const nlohmann::json& body);

    pid_t driver_ = -1;
    int port_ = 0;
    std::string session_;
};

/// Whether chromium, chromedriver and curl are installed.
bool has_browser();

} // namespace kps::test
