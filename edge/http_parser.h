// What Beast has read of a request, for http.h to judge.
#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstddef>
#include <cstdint>

#include "edge/http.h"

namespace trunkline::edge {

constexpr std::uint32_t kHttpHeaderBytesMax = 8 * 1024;  // request line, headers, empty line

// No body, and no more header than that (but see checked()).
struct RequestParser : boost::beast::http::request_parser<boost::beast::http::empty_body> {
  RequestParser();
};

// How reading a header ended that took so many bytes. Beast counts the headers without the request
// line where both came at once, so its own limit depends on how the bytes were cut.
boost::system::error_code checked(boost::system::error_code error, std::size_t header_bytes);
// What a request that could not be read is answered; 0: nothing, it broke off or was none.
unsigned status_of(boost::system::error_code error);

// Views of what the parser holds, and of `protocols`, which all lists of sub-protocols are put in.
HttpRequest request_of(const RequestParser& parser, std::string& protocols);

}  // namespace trunkline::edge
