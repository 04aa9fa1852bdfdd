// Objects of libnftnl, owned.
#pragma once

#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>

#include <memory>
#include <new>

namespace netlink {

template <auto release> struct Release {
    template <class Object> void operator()(Object* object) const { release(object); }
};

using NftTable = std::unique_ptr<nftnl_table, Release<nftnl_table_free>>;
using NftChain = std::unique_ptr<nftnl_chain, Release<nftnl_chain_free>>;
using NftSet = std::unique_ptr<nftnl_set, Release<nftnl_set_free>>;
using NftRule = std::unique_ptr<nftnl_rule, Release<nftnl_rule_free>>;

// What an allocation of libnftnl's has given.
template <class Object> Object* needed(Object* object)
{
    if (!object)
        throw std::bad_alloc();
    return object;
}

} // namespace netlink
