"""The papers of a contract in the county's form: contract, filing, acceptance plan and certificate, payment request."""
