name 'example_site'
version '0.1.0'
license 'Apache-2.0'
description 'What a site writes around the two cookbooks; the kitchen suites converge it'
chef_version '>= 18.0'

depends 'hubble_adapter'
depends 'rabbitmq_webstomp'
