"""What is promised of a site (tests/e2e/site), tried on bailiffd: the whole worker, confined."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ["SITE_SERVER"] = os.path.join(HERE, "as_site_server.py")
sys.path.insert(0, os.path.join(HERE, "..", "site"))

import test_site_bounds  # noqa: E402
import test_site_ends  # noqa: E402
import test_site_hostile  # noqa: E402
import test_site_jobs  # noqa: E402
import test_site_kills  # noqa: E402
import test_site_ledger  # noqa: E402
import test_site_scarce  # noqa: E402

# What asks for what bailiffd has not: slots without a core, callers without a name, root's rights.
OTHERS = {
    "test_several_cases_at_once": "more slots than there may be cores",
    "test_the_worker_has_none": "to limit another user's process takes CAP_SYS_RESOURCE",
    "test_connections_find_none": "the same",
    "test_tenants_share_and_know_nothing_of_each_other": "somebody anonymous by TCP",
}


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for module in (test_site_jobs, test_site_ends, test_site_bounds, test_site_hostile,
                   test_site_kills, test_site_ledger, test_site_scarce):
        for group in loader.loadTestsFromModule(module):
            for test in group:
                if test.id().rpartition(".")[2] not in OTHERS:
                    suite.addTest(test)
    return suite


if __name__ == "__main__":
    unittest.main()
