// A document that expat has read: whether it is well-formed, and what it has.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace trunkline::tests {

class Xml {
 public:
  explicit Xml(std::string source);

  const std::string& source() const { return source_; }
  const std::string& problem() const { return problem_; }  // empty: it is well-formed
  const std::string& text() const { return text_; }        // of all elements, one after another
  std::size_t count(const std::string& element) const;
  // Of all elements, in the order of the document.
  std::vector<std::string> attributes(const std::string& name) const;

 private:
  std::string source_, problem_, text_;
  std::map<std::string, std::size_t> elements_;
  std::vector<std::pair<std::string, std::string>> attributes_;
};

}  // namespace trunkline::tests
