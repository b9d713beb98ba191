#include "tests/support/chromium.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "wire/base64.h"

namespace trunkline::tests {
namespace json = boost::json;

namespace {

constexpr const char* kProgram = "/usr/bin/chromium";
constexpr int kPatienceMs = 30'000, kEndMs = 5'000;
// Where Chromium reads commands and writes answers, by --remote-debugging-pipe.
constexpr int kItsInput = 3, kItsOutput = 4;

// In the child. Never returns.
[[noreturn]] void become_chromium(int input, int output, const std::string& directory) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Away from the two numbers first: each of them may be the other's place.
  const int in = ::fcntl(input, F_DUPFD, 10), out = ::fcntl(output, F_DUPFD, 10);
  ::dup2(in, kItsInput);
  ::dup2(out, kItsOutput);
  const int log = ::open((directory + "/log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  const std::string data = "--user-data-dir=" + directory + "/profile";
  const std::array<const char*, 16> arguments = {kProgram,
                                                 "--headless",
                                                 "--no-sandbox",
                                                 "--disable-gpu",
                                                 "--disable-quic",
                                                 "--no-first-run",
                                                 "--disable-background-networking",
                                                 "--disable-component-update",
                                                 "--disable-sync",
                                                 "--disable-dev-shm-usage",
                                                 "--force-color-profile=srgb",
                                                 "--hide-scrollbars",
                                                 "--remote-debugging-pipe",
                                                 data.c_str(),
                                                 "about:blank",
                                                 nullptr};
  ::execv(kProgram, const_cast<char* const*>(arguments.data()));
  ::_exit(127);
}

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

}  // namespace

bool Chromium::is_installed() {
  return ::access(kProgram, X_OK) == 0;
}

Chromium::Chromium() {
  int commands[2], answers[2];
  if (::pipe2(commands, O_CLOEXEC) != 0 || ::pipe2(answers, O_CLOEXEC) != 0) {
    throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
  }
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error(std::string("cannot fork: ") + std::strerror(errno));
  if (pid_ == 0) become_chromium(commands[0], answers[1], directory_.path());
  ::close(commands[0]);
  ::close(answers[1]);
  to_ = commands[1];
  from_ = answers[0];
  const auto target = call("Target.createTarget", {{"url", "about:blank"}}, false);
  const auto attached = call("Target.attachToTarget",
                             {{"targetId", target.at("targetId")}, {"flatten", true}}, false);
  session_ = attached.at("sessionId").as_string();
  for (const char* domain : {"Page", "Network", "Runtime", "Log"}) {
    call(std::string(domain) + ".enable", {});
  }
  view({});
}

// The end of the pipe is its end; its processes are of one group, should it not be.
Chromium::~Chromium() {
  ::close(to_);
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  pollfd waited[] = {{process, POLLIN, 0}, {from_, POLLIN, 0}};
  char bytes[4096];
  while (::poll(waited, 2, kEndMs) > 0 && (waited[0].revents & POLLIN) == 0) {
    if (::read(from_, bytes, sizeof bytes) <= 0) waited[1].fd = -1;  // what it still said
  }
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::close(process);
  ::close(from_);
}

json::object Chromium::call(const std::string& method, json::object parameters, bool of_page) {
  json::object command{{"id", ++calls_}, {"method", method}, {"params", std::move(parameters)}};
  if (of_page) command["sessionId"] = session_;
  std::string text = json::serialize(command);
  text.push_back('\0');
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t size = ::write(to_, text.data() + sent, text.size() - sent);
    if (size <= 0) throw std::runtime_error("Chromium takes no command: " + method);
    sent += static_cast<std::size_t>(size);
  }
  for (;;) {
    json::object message = next_message();
    const json::value* id = message.if_contains("id");
    if (id == nullptr || id->as_int64() != calls_) {
      take(message);
      continue;
    }
    if (const json::value* error = message.if_contains("error")) {
      throw std::runtime_error(method + ": " + json::serialize(*error));
    }
    return message.at("result").as_object();
  }
}

json::object Chromium::next_message() {
  for (;;) {
    const std::size_t end = received_.find('\0');
    if (end != std::string::npos) {
      const std::string text = received_.substr(0, end);
      received_.erase(0, end + 1);
      return json::parse(text).as_object();
    }
    pollfd ready{from_, POLLIN, 0};
    if (::poll(&ready, 1, kPatienceMs) != 1) throw std::runtime_error("Chromium says nothing");
    char bytes[64 * 1024];
    const ssize_t size = ::read(from_, bytes, sizeof bytes);
    if (size <= 0) throw std::runtime_error("Chromium has ended");
    received_.append(bytes, static_cast<std::size_t>(size));
  }
}

void Chromium::take(const json::object& message) {
  const json::value* method = message.if_contains("method");
  if (method == nullptr) return;
  const json::string& name = method->as_string();
  const json::object& what = message.at("params").as_object();
  if (name == "Page.loadEventFired") {
    loaded_ = true;
  } else if (name == "Network.requestWillBeSent") {
    requests_.push_back(text_of(what.at("request").at("url")));
  } else if (name == "Log.entryAdded") {
    complaints_.push_back(text_of(what.at("entry").at("text")));
  } else if (name == "Runtime.exceptionThrown") {
    complaints_.push_back(json::serialize(what.at("exceptionDetails")));
  } else if (name == "Runtime.consoleAPICalled") {
    complaints_.push_back(json::serialize(what.at("args")));
  }
}

void Chromium::view(const View& view) {
  call("Emulation.setDeviceMetricsOverride", {{"width", view.width},
                                              {"height", view.height},
                                              {"deviceScaleFactor", 1},
                                              {"mobile", view.width < 600}});
  call("Emulation.setEmulatedMedia",
       {{"features", json::array{{{"name", "prefers-color-scheme"},
                                  {"value", view.dark ? "dark" : "light"}}}}});
  call("Emulation.setScriptExecutionDisabled", {{"value", !view.scripts}});
}

void Chromium::open(const std::string& url) {
  loaded_ = false;
  requests_.clear();
  complaints_.clear();
  const auto gone = call("Page.navigate", {{"url", url}});
  if (const json::value* why = gone.if_contains("errorText")) {
    throw std::runtime_error(url + ": " + text_of(*why));
  }
  while (!loaded_) take(next_message());
}

json::value Chromium::evaluate(const std::string& expression) {
  const auto result =
      call("Runtime.evaluate",
           {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}});
  if (const json::value* thrown = result.if_contains("exceptionDetails")) {
    throw std::runtime_error(expression + ": " + json::serialize(*thrown));
  }
  const json::value* value = result.at("result").as_object().if_contains("value");
  return value == nullptr ? json::value(nullptr) : *value;
}

void Chromium::wait_for(const std::string& condition) {
  evaluate("new Promise((done, fail) => { const look = () => { if (" + condition +
           ") { watch.disconnect(); done(); } };"
           "const watch = new MutationObserver(look);"
           "watch.observe(document, {subtree: true, childList: true, attributes: true,"
           " characterData: true});"
           "setTimeout(() => fail(new Error('it did not come true')), 20000); look(); })");
}

// What has happened up to now comes before the answer to a question of now.
void Chromium::ask_for_news() {
  call("Browser.getVersion", {}, false);
}

const std::vector<std::string>& Chromium::requests() {
  ask_for_news();
  return requests_;
}

const std::vector<std::string>& Chromium::complaints() {
  ask_for_news();
  return complaints_;
}

void Chromium::save_picture(const std::string& path) {
  const auto picture =
      call("Page.captureScreenshot", {{"format", "png"}, {"captureBeyondViewport", true}});
  wire::Bytes bytes;
  if (!wire::append_from_base64(bytes, text_of(picture.at("data")))) {
    throw std::runtime_error("the picture is no base64");
  }
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace trunkline::tests
