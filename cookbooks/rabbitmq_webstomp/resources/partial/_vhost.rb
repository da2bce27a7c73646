# frozen_string_literal: true

property :vhost, String,
         default: 'hubble',
         identity: true,
         desired_state: false,
         description: 'Virtual host in which it lives'
