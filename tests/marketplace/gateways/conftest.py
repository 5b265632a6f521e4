from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from marketplace.gateways.files import s3_client
from marketplace.kernel.settings import Settings

BUCKET = "county-documents"


@pytest.fixture(scope="session")
def s3_settings() -> Iterator[Settings]:
    """Settings that point to an S3 server of our own with an empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "county")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "county")
        boto3.setup_default_session()
        settings = Settings.from_environment({"S3_BUCKET": BUCKET, "S3_ENDPOINT": f"http://{host}:{port}"})
        s3_client(settings).create_bucket(Bucket=BUCKET)
        yield settings
    server.stop()
