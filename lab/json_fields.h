// Fields of JSON that was read from a file. What is missing, or of another kind than it should be,
// throws std::runtime_error that names the file and the line.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace trunkline::lab {

// A view: the object outlives it.
class Fields {
 public:
  // `where`: "cells.jsonl, line 3", for what goes wrong.
  Fields(const boost::json::object& object, std::string where)
      : object_(object), where_(std::move(where)) {}

  std::string text(const char* key) const;
  double number(const char* key) const;
  std::size_t count(const char* key) const;  // a whole number, not negative

  // Where the key is absent or null: what is given, or nothing.
  std::string text_or(const char* key, std::string otherwise) const;
  bool flag_or(const char* key, bool otherwise) const;
  std::optional<double> number_if(const char* key) const;
  const boost::json::array& list(const char* key) const;  // empty

  const boost::json::object& object() const { return object_; }
  const std::string& where() const { return where_; }

 private:
  const boost::json::value* find(const char* key) const;
  [[noreturn]] void wrong(const char* key, const char* what) const;

  const boost::json::object& object_;
  std::string where_;
};

// The object that a file is. `name`: of what is read.
boost::json::object read_json(std::istream& in, const std::string& name);
// One object a line. A last line without an end was being written when its writer died: it is left
// out.
void read_json_lines(std::istream& in, const std::string& name,
                     const std::function<void(const Fields&)>& on_line);

}  // namespace trunkline::lab
