#include "edge/config_file.h"

#include <toml++/toml.h>
#include <CLI/CLI.hpp>
#include <sstream>
#include <stdexcept>

namespace trunkline::edge {
namespace {

class ConfigFile {
 public:
  ConfigFile(CLI::App& app, std::string path) : app_(app), path_(std::move(path)) {}

  void take() {
    toml::table table;
    try {
      table = toml::parse_file(path_);
    } catch (const toml::parse_error& error) {
      fail(error.source(), std::string(error.description()));
    }
    for (const auto& [key, value] : table) {
      take_key(std::string(key.str()), key.source(), value);
    }
  }

 private:
  [[noreturn]] void fail(const toml::source_region& where, const std::string& what) const {
    std::ostringstream text;
    text << path_;
    if (where.begin) text << ':' << where.begin.line << ':' << where.begin.column;
    throw std::runtime_error(text.str() + ": " + what);
  }

  void take_key(const std::string& key, const toml::source_region& where,
                const toml::node& value) const {
    CLI::Option* option =
        key == "config" || key == "help" ? nullptr : app_.get_option_no_throw("--" + key);
    if (option == nullptr) fail(where, "unknown key `" + key + "`: see --help for the names");
    const bool is_named = option->count() > 0;
    if (is_named) return;  // on the command line
    if (const toml::array* several = value.as_array()) {
      for (const toml::node& one : *several) option->add_result(text_of(one));
    } else {
      option->add_result(text_of(value));
    }
    try {
      option->run_callback();
    } catch (const CLI::ParseError& error) {
      fail(value.source(), error.what());
    }
  }

  std::string text_of(const toml::node& value) const {
    if (const auto text = value.value_exact<std::string>()) return *text;
    if (const auto flag = value.value_exact<bool>()) return *flag ? "true" : "false";
    if (const auto number = value.value_exact<std::int64_t>()) return std::to_string(*number);
    if (const auto number = value.value_exact<double>()) {
      std::ostringstream text;
      text << *number;
      return text.str();
    }
    fail(value.source(), "a text, a number, true, false, or an array of these is wanted");
  }

  CLI::App& app_;
  const std::string path_;
};

}  // namespace

void take_config_file(CLI::App& app, const std::string& path) {
  ConfigFile(app, path).take();
}

}  // namespace trunkline::edge
