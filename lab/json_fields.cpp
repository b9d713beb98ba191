#include "lab/json_fields.h"

#include <cmath>
#include <istream>
#include <iterator>
#include <stdexcept>

namespace trunkline::lab {
namespace json = boost::json;

const json::value* Fields::find(const char* key) const {
  const json::value* value = object_.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void Fields::wrong(const char* key, const char* what) const {
  throw std::runtime_error(where_ + ": \"" + key + "\" " + what);
}

std::string Fields::text(const char* key) const {
  const json::value* value = find(key);
  if (value == nullptr) wrong(key, "is missing");
  if (!value->is_string()) wrong(key, "is not a text");
  return std::string(value->get_string());
}

double Fields::number(const char* key) const {
  const auto value = number_if(key);
  if (!value) wrong(key, "is missing");
  return *value;
}

std::size_t Fields::count(const char* key) const {
  const double value = number(key);
  if (value < 0 || value != std::floor(value)) wrong(key, "is not a count");
  return static_cast<std::size_t>(value);
}

std::string Fields::text_or(const char* key, std::string otherwise) const {
  return find(key) == nullptr ? otherwise : text(key);
}

bool Fields::flag_or(const char* key, bool otherwise) const {
  const json::value* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_bool()) wrong(key, "is neither true nor false");
  return value->get_bool();
}

std::optional<double> Fields::number_if(const char* key) const {
  const json::value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) wrong(key, "is not a number");
  return value->to_number<double>();
}

const json::array& Fields::list(const char* key) const {
  static const json::array kEmpty;
  const json::value* value = find(key);
  if (value == nullptr) return kEmpty;
  if (!value->is_array()) wrong(key, "is not a list");
  return value->get_array();
}

namespace {

json::object parsed(const std::string& text, const std::string& where) {
  boost::system::error_code failure;
  json::value value = json::parse(text, failure);
  if (failure) throw std::runtime_error(where + ": not JSON: " + failure.message());
  if (!value.is_object()) throw std::runtime_error(where + ": not an object");
  return std::move(value.get_object());
}

}  // namespace

json::object read_json(std::istream& in, const std::string& name) {
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return parsed(text, name);
}

void read_json_lines(std::istream& in, const std::string& name,
                     const std::function<void(const Fields&)>& on_line) {
  std::string line;
  for (int number = 1; std::getline(in, line) && !in.eof(); ++number) {
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    const std::string where = name + ", line " + std::to_string(number);
    const json::object object = parsed(line, where);
    on_line(Fields(object, where));
  }
}

}  // namespace trunkline::lab
