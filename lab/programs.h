// The programs that the laboratory starts, which lie beside it, and what it sets for them where
// nobody says otherwise.
#pragma once

#include <string>
#include <vector>

namespace trunkline::lab {

std::string programs_directory();

// Of `trunkline start` and `trunkline-rank` alike: a free port, no certificate, the profile of the
// laboratory, and floors measured before anybody is served.
std::vector<std::string> with_defaults(std::vector<std::string> arguments);

// Arguments that were given as one word, parted where there is space.
std::vector<std::string> words_of(const std::string& text);

}  // namespace trunkline::lab
